/* weights/little_endian.h: whole numbers as files store them, at any address. */
#ifndef FACET_WEIGHTS_LITTLE_ENDIAN_H
#define FACET_WEIGHTS_LITTLE_ENDIAN_H

#include <stdint.h>

static inline uint16_t load_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_le32(const uint8_t *p)
{
    return load_le16(p) | (uint32_t)load_le16(p + 2) << 16;
}

static inline uint64_t load_le64(const uint8_t *p)
{
    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

#endif
