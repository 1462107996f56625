"""What msgspec says of JSON in another shape than agreed, in the reader's language, with the place of it."""

import re

# The place after " - at " stays as it is: it is a JSON path.
_SAID = (
    (re.compile(r"Object contains unknown field `(.*)`"), "неизвестное поле «{0}»"),
    (re.compile(r"Object missing required field `(.*)`"), "нет обязательного поля «{0}»"),
    (re.compile(r"Expected `(.*)`, got `(.*)`"), "ожидается {0}, передано {1}"),
    (re.compile(r"Invalid enum value (.*)"), "недопустимое значение {0}"),
    (re.compile(r"Invalid RFC3339 encoded date"), "дата пишется как ГГГГ-ММ-ДД"),
    (re.compile(r"Integer value out of range"), "слишком большое число"),
    (re.compile(r"Expected `(.*)` of length (.*)"), "ожидается {0} длиной {1}"),
    (re.compile(r"Expected `(.*)` matching regex (.*)"), "значение не подходит под образец {1}"),
    (re.compile(r"Expected `(.*)` (>=|<=|>|<) (.*)"), "ожидается {0} {1} {2}"),
)


def place_and_message(said: str) -> tuple[str, str]:
    """Return the JSON path and the words of a ``msgspec.ValidationError``; what is not known stays as it was said."""
    message, _, place = said.partition(" - at ")
    for pattern, words in _SAID:
        found = pattern.fullmatch(message)
        if found:
            message = words.format(*found.groups())
            break
    return place.strip("`") or "$", message
