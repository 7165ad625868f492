package store

const crashRoot = "HFSPARK_TEST_CRASH_ROOT"

func crashChild(string) {}
