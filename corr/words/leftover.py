"""Numbers and places of a finding that nothing has read: not used, not lost without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corr.anatomy.clock import HOUR_WORDS
from corr.words.marking.counts import read_count
from corr.words.marking.marks import Mark
from corr.words.marking.parts import ANY_WORD
from corr.words.said import Unreadable
from corr.words.sentences import PLACES, Clause, Sentence

_WORD = re.compile(r"[^\s\0(),;\[\]]{1,40}")
_OF_NO_PLACE = re.compile(
    r"(?:19|20)[0-9]{2}s?|[0-9]{1,2}/[0-9]{4}|[0-9]{1,2}(?:st|nd|rd|th)|[23]-?d"
    r"|[a-z]{0,2}[tnm][0-4x]\S{0,6}|[mpub][1-5][a-c]?"
    r"|\S{1,6}%|[0-9.]{1,4}t|[0-9]{1,3}-(?:years?|months?|weeks?|days?|gauge|g)\S{0,6}|#\S{1,6}"
    r"|b=?[0-9]{2,4}|mm[23]\S{0,4}"
)
_SPELT = re.compile(rf"(?:{'|'.join(HOUR_WORDS)})[ -](?:[cm]m\b|centimet|millimet)")
_UNIT = re.compile(
    r"\s?(?:%|percent|y(?:ea)?rs?|y/?o|months?|weeks?|days?|min(?:utes)?|g|gauge|t|tesla|ml|mg|hz"
    r"|mhz"
    r"|degrees?|kpa|m/s|times|out of|vs)\b|\s?%"
)
_NAME = re.compile(r"(?:\0|\b(?:finding|site|target|number|no\.?))\s$")
WHY = "a number that was not understood"
WHY_PLACE = "words that may say a place and were not understood"
_AT = (
    r"\b(?:in|at|near|along|toward|towards|beside|by|within|over|overlying|above|below|under|behind"
    r"|(?:close|adjacent|next) to)\s(?!all\s)"
    r"(?:(?:the|an?|its)\s)?(?:[a-z-]{1,14}\s){0,2}?"
)
_WHERE = (
    r"(?:upper|lower|outer|inner|superior|inferior|lateral|medial|central|cranial|caudal|quadrants?"
    r"|areolar?|nipple|armpit|top|bottom|periphery|peripheral"
    r"|(?:infra|sub)-?mammary|parasternal|sternum|sternal|clavicle"
    r"|cleavage|(?:pre|sub)-?pectoral|pectoral\w{0,3}|(?:retro|pre)-?(?:glandular|mammary)"
    r"|chest\s?wall|axis|zones?"
    r"|tail|fold|hemisphere|half|pole|midline|segment|sector|subcutaneous|superficial|skin)\b"
)
_NO_PLACE = (
    r"(?!\s(?:(?:margins?|borders?|edges?)(?! of (?:the )?(?:(?:right|left) )?breast)"
    r"|views?|films?|projections?|images?|shadow\w{0,3}|echo\w{0,8}"
    r"|densit\w{1,3}|signals?|intensity|decubitus|contours?|walls?|limits?|ducts?|discharge"
    r"|retraction|inversion|thickening|changes?|o?edema"
    r"|(?:aspect|part|portion|half|side) of (?:the|this|that) (?:mass|nodule|lesion|cyst)))"
)
_PLACE = re.compile(
    rf"{_AT}{_WHERE}{_NO_PLACE}"
    rf"|\b{ANY_WORD}(?:ly)?\s(?:to|of)\s(?:the|an?|this|that|its)\b"
    rf"|\bsuperficial(?:ly)?\b{_NO_PLACE}"
    r"|\b(?:far|situated|located|lying|lies|placed)\s(?:very\s)?"
    r"(?:deep|superficial|peripheral|out)(?:ly)?\b"
)


_KNOWN = frozenset(
    re.findall(
        r"\S+",
        """size sizes diameter diameters dimension dimensions measurement measurements extent length
        width height volume axis axes area areas largest longest maximum one ones other each it they
        which that total plane planes part region zone finding findings
        density densities opacity opacities spot spots structure structures deformity
        thickening change changes breast breasts position distance side sides value values depth
        report study exam examination image group cluster target site abnormality appearance look
        centre center middle edge this these those larger smaller biggest smallest second first
        latter former patient woman level location""",
    )
)
_NO_NOUN = re.compile(
    r"(?!component$).*(?:ed|ly|ous|ic|al|ar|ing|oid|ive|ent|ant|est|shaped|like)$"
)
_SIZED = re.compile(
    r"\b(?:an?|another|this|the|its|one)\s(?:[a-z'-]+\s){0,4}?(?P<noun>[a-z'-]{3,20})"
    r"\s(?:(?:beside|near|next to|below|above|behind|under|adjacent to|close to) (?:it|this"
    r"|them) |nearby |adjacent )?"
    r"(?:which |that )?(?:measur\w{1,4}|is|was|of|has a (?:size|diameter) of|with a (?:size"
    r"|diameter) of)"
    r"\s(?:about |approximately |up to |around |some |only |at )*$"
)
_SIZE_BEFORE = re.compile(r"\b(?:an?|another)\s(?:[a-z-]+,?\s)?$")
_AFTER_SIZE = re.compile(
    r"\s(?:[a-z-]+,?\s){0,3}?(?P<noun>[a-z-]{4,20})"
    r"(?=\s(?:in|at|of|on|is|was|with|near|within|beside|next|adjacent|to|behind|below|above)\b"
    r"|\s*[.,;:)]|\s*$)"
)

_SHOWN = re.compile(
    r"[^.;]{0,60}?\b(?:shows?|showed|demonstrates?|demonstrated|reveals?|revealed)\s(?:an?|the)\s"
    r"(?:[a-z-]+\s){0,5}?(?P<noun>[a-z-]{3,20})\s(?:in|at|within)\b"
)


def unknown_noun(masked: str, clause: Clause, *, is_followed: bool) -> str | None:
    """The noun that a clause without a finding states a size of: "a gadget beside it is 5 mm"."""
    for size in clause.all("size_mm", "depth_mm"):
        before = masked[clause.start : size.start]
        found = _SIZED.search(before)
        if found is None and not is_followed and _SIZE_BEFORE.search(before):
            found = _AFTER_SIZE.match(masked, size.end, clause.end)
        noun = found["noun"] if found else ""
        if noun and noun not in _KNOWN and not _NO_NOUN.fullmatch(noun):
            return noun
    found = _SHOWN.match(masked, clause.start, clause.end) if not is_followed else None
    noun = found["noun"] if found and not clause.all("size_mm") else ""
    is_unknown = noun and noun not in _KNOWN and not _NO_NOUN.fullmatch(noun)
    return noun if is_unknown and clause.all(*PLACES) else None


def unread_numbers(
    sentence: Sentence, marks: list[Mark], masked: str, text: str
) -> Iterator[Unreadable]:
    """Numbers of a sentence about a finding that are no place, size, count or date."""
    heads = [m for m in marks if m.field == "kind"]
    if not heads and not any(m.field in ("size_mm", "bad", *PLACES) for m in marks):
        return
    starts = [max(sentence.start, m.start - 80) for m in heads]
    counts = [read_count(masked[s : m.start], s) for s, m in zip(starts, heads, strict=True)]
    spans = [(c[2], c[3]) for c in counts if c]
    said = text[sentence.start : sentence.end].strip()
    for word in _WORD.finditer(masked, sentence.start, sentence.end):
        number, start = word.group().strip(".:-/+"), word.start()
        is_item = len(number) < 3 and not masked[sentence.start : start].strip()
        is_number = re.search("[0-9]", number) or _SPELT.match(masked, start)
        if not is_number or is_item or _OF_NO_PLACE.fullmatch(number):
            continue
        if any(a <= start < b for a, b in spans) or _UNIT.match(masked, word.end()):
            continue
        if word.group().endswith(":") and _NAME.search(masked, max(0, start - 9), start):
            continue
        written = text[start : word.end()].strip(".:-/+")
        yield Unreadable(written, "text", WHY, (), said)


def unread_places(
    sentence: Sentence, marks: list[Mark], plain: str, text: str
) -> Iterator[Unreadable]:
    """Words of a sentence that place a finding ("in the near zone") and that no rule has read."""
    fields = {m.field for m in marks}
    if "kind" not in fields and not fields & set(PLACES):
        return
    if fields & {"absent_after", "absent_before", "gone"}:
        return
    read = [(m.start, m.end) for m in marks if m.field != "kind"]
    for words in _PLACE.finditer(plain, sentence.start, sentence.end):
        if not any(a < words.end() and words.start() < b for a, b in read):
            written = text[words.start() : words.end()].strip()
            said = text[sentence.start : sentence.end].strip()
            yield Unreadable(written, "text", WHY_PLACE, (), said)
