#include "vision/jpeg_lanes.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* 16 pixels of RGB are a unit's row: 48 bytes. 16 units make three squares of 16 x 16 bytes. */
enum { SQUARE = JPEG_LANES_GROUP, UNIT = 48, GROUP = SQUARE * UNIT };

/* to[x * to_pitch + y] = from[y * from_pitch + x]. */
static void transpose(uint8_t *to, size_t to_pitch, const uint8_t *from, size_t from_pitch)
{
#ifdef __SSE2__
    __m128i a[SQUARE], b[SQUARE];
    for (size_t i = 0; i < SQUARE; i++)
        a[i] = _mm_loadu_si128((const __m128i *)(from + i * from_pitch));
    for (int round = 0; round < 2;
         round++) { /* each half round turns an index of 8 bits, (y, x), by one bit */
        for (size_t i = 0; i < SQUARE / 2; i++) {
            b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
            b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
        }
        for (size_t i = 0; i < SQUARE / 2; i++) {
            a[2 * i] = _mm_unpacklo_epi8(b[i], b[i + 8]);
            a[2 * i + 1] = _mm_unpackhi_epi8(b[i], b[i + 8]);
        }
    }
    for (size_t i = 0; i < SQUARE; i++)
        _mm_storeu_si128((__m128i *)(to + i * to_pitch), a[i]);
#else
    for (size_t y = 0; y < SQUARE; y++)
        for (size_t x = 0; x < SQUARE; x++)
            to[x * to_pitch + y] = from[y * from_pitch + x];
#endif
}

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
            transpose(to + part * lanes + lane, lanes, from + part, UNIT);
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
            transpose((whole ? row + at : end) + part, UNIT, from + part * lanes + lane, lanes);
        if (!whole)
            memcpy(row + at, end, bytes - at);
    }
}
