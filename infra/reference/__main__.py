"""`make docs`: write the generated pages anew."""

from infra.reference import errors, event_schemas, events

PAGES = (errors, events, event_schemas)

if __name__ == "__main__":
    for page in PAGES:
        page.FILE.parent.mkdir(exist_ok=True)
        page.FILE.write_text(page.text())
