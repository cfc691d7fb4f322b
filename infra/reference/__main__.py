"""`make docs`: write the generated pages anew."""

from infra.reference import errors

PAGES = (errors,)

if __name__ == "__main__":
    for page in PAGES:
        page.FILE.write_text(page.text())
