#include "vision/jpeg_lanes.h"

#include <stdbool.h>
#include <string.h>

/* 16 pixels of RGB are a unit's row: 48 bytes. 16 units make three squares of 16 x 16 bytes. */
enum { SQUARE = JPEG_LANES_GROUP, UNIT = 48, GROUP = SQUARE * UNIT };

void jpeg_lanes_load(uint8_t *to, const uint8_t *row, int width, size_t lanes)
{
    size_t bytes = (size_t)width * 3;
    for (size_t lane = 0; lane < lanes; lane += SQUARE) {
        uint8_t end[GROUP] = { 0 };
        size_t at = lane * UNIT;
        const uint8_t *from = row + at;
        if (at + GROUP > bytes) {
            if (at < bytes)
                memcpy(end, from, bytes - at);
            from = end;
        }
        for (size_t part = 0; part < UNIT; part += SQUARE)
            transpose_square(to + part * lanes + lane, lanes, from + part, UNIT);
    }
    size_t last = ((size_t)width - 1) / 16;
    for (size_t x = (size_t)width - 16 * last; x < 16; x++)
        for (size_t c = 0; c < 3; c++)
            to[(3 * x + c) * lanes + last] = to[(3 * (x - 1) + c) * lanes + last];
}

void jpeg_lanes_store(uint8_t *row, const uint8_t *from, int width, size_t lanes)
{
    size_t bytes = (size_t)width * 3;
    for (size_t lane = 0; lane * UNIT < bytes; lane += SQUARE) {
        uint8_t end[GROUP];
        size_t at = lane * UNIT;
        bool whole = at + GROUP <= bytes;
        for (size_t part = 0; part < UNIT; part += SQUARE)
            transpose_square((whole ? row + at : end) + part, UNIT, from + part * lanes + lane, lanes);
        if (!whole)
            memcpy(row + at, end, bytes - at);
    }
}
