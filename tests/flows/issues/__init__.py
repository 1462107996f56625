"""Issues of one report: corrected, closed away, reversed."""
