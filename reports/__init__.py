"""Commissioner reports: bytes -> rows -> lines -> checks -> documents. Pure: files in, values out.

The way of a report: ``reading`` (rows with their true numbers), ``match`` (exactly one profile), ``parse`` (rows become
lines or problems), ``checks`` (expected = actual), ``documents`` (what the ERP receives). ``extract`` is the recipe.
"""
