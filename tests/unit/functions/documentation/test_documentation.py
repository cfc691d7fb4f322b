import json
import re

from infra.openapi.document import FILE
from tests.support.calls import call


def test_the_description_is_served_to_everybody() -> None:
    answer = call("get_openapi", caller=None)

    assert answer.status == 200
    assert answer.body == json.loads(FILE.read_text())


def test_the_page_is_served_to_everybody_and_reads_the_description() -> None:
    answer = call("get_docs", caller=None)

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert 'url: "/openapi.json"' in answer.body


def test_the_page_loads_nothing_from_other_hosts() -> None:
    page = str(call("get_docs", caller=None).body)

    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page.partition("<script>")[0]) == []
    assert re.findall(r"url\(\s*[\"']?https?:", page.partition("</style>")[0]) == []
    assert "validatorUrl: null" in page


def test_nothing_in_the_scripts_ends_them_early() -> None:
    page = str(call("get_docs", caller=None).body)

    assert page.count("</script") == 2
    assert "<!--" not in page
