NOT_EXPORTED_AGAIN: dict[str, str] = {}
EXPORTED_OTHERWISE: dict[str, str] = {}
NOT_DECOMPOSED: dict[str, str] = {}
DECOMPOSED_OTHERWISE: dict[str, str] = {}
RANDOM: set[str] = set()
