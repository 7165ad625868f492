// The number of characters of texts.
#ifndef HFSPARK_LENGTH_H
#define HFSPARK_LENGTH_H

#include <stdint.h>

// Counts the characters of valid UTF-8.
uint64_t hfs_characters(const char *text, uint64_t bytes);

// The callback of a scalar function of one text, whose result is its number of characters as an INTEGER.
void *hfs_length_pointer(void);

#endif
