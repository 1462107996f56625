"""Product keys of a report: every product its rows name, numbered as it is first met."""

from collections.abc import Sequence

from mappings.items import ProductKey
from reports.cells import plain_text
from reports.profile import Profile
from reports.reading import Cell


class Keys:
    """Numbers the products of one report; the same codes are the same product in every table of it."""

    def __init__(self, profile: Profile) -> None:
        self._identify = profile.key.identify
        self._known: dict[tuple[str, ...], int] = {}
        self.codes: list[str] = []
        self.fresh: list[ProductKey] = []

    def number(self, columns: Sequence[int | None], cells: Sequence[Cell]) -> int | None:
        """Return the number of the row's product, None when the row names none.

        ``columns``: of the marketplace's id, the article, the barcode, the size and the name.
        """
        parts = tuple([plain_text(cells[index]) if index is not None else "" for index in columns])
        try:
            return self._known[parts]
        except KeyError:
            pass
        nm_id, article, barcode, size, name = parts
        nm_id = "" if nm_id == "0" else nm_id
        named = {"marketplace_id": nm_id, "article": article, "barcode": barcode, "name": name}
        best = next((named[part] for part in self._identify if named[part]), "")
        if not best:
            return None
        place = self._known[parts] = len(self._known)
        self.codes.append(best)
        self.fresh.append(
            ProductKey(key=best, marketplace_id=nm_id, article=article, barcode=barcode, size=size, name=name)
        )
        return place
