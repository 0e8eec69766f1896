/* mug/label.c: the paper label and its print. */
#include "mug/shape.h"
#include "mug/surface.h"

#include <string.h>

/* Strokes of block letters on a grid 4 wide and 8 high: x0 y0 x1 y1 each. */
typedef struct {
    char letter;
    int strokes;
    signed char line[6][4];
} Glyph;

static const Glyph GLYPHS[] = {
    { 'A', 3, { { 0, 0, 2, 8 }, { 2, 8, 4, 0 }, { 1, 3, 3, 3 } } },
    { 'C', 5, { { 4, 7, 3, 8 }, { 3, 8, 1, 8 }, { 1, 8, 0, 6 }, { 0, 6, 0, 2 }, { 0, 2, 1, 0 } } },
    { 'C', 2, { { 1, 0, 3, 0 }, { 3, 0, 4, 1 } } },
    { 'E', 4, { { 4, 8, 0, 8 }, { 0, 8, 0, 0 }, { 0, 0, 4, 0 }, { 0, 4, 3, 4 } } },
    { 'F', 3, { { 4, 8, 0, 8 }, { 0, 8, 0, 0 }, { 0, 4, 3, 4 } } },
    { 'O',
      6,
      { { 1, 0, 0, 2 }, { 0, 2, 0, 6 }, { 0, 6, 1, 8 }, { 1, 8, 3, 8 }, { 3, 8, 4, 6 }, { 4, 6, 4, 2 } } },
    { 'O', 2, { { 4, 2, 3, 0 }, { 3, 0, 1, 0 } } },
    { 'T', 2, { { 0, 8, 4, 8 }, { 2, 8, 2, 0 } } },
};

static float segment_distance(float x, float y, const signed char line[4])
{
    float dx = (float)(line[2] - line[0]), dy = (float)(line[3] - line[1]);
    float px = x - (float)line[0], py = y - (float)line[1];
    float t = clamp01((px * dx + py * dy) / (dx * dx + dy * dy));
    px -= t * dx;
    py -= t * dy;
    return sqrtf(px * px + py * py);
}

/* Ink of a line of text centred at (0, 0), letters `height` high, strokes `bold` eighths of that wide. */
static float text_ink(const char *text, float u, float v, float height, float bold)
{
    static const float ADVANCE = 6.4f; /* grid units from letter to letter */
    float grid = height / 8;
    int count = (int)strlen(text);
    float x = u / grid + ((float)count * ADVANCE - (ADVANCE - 4)) * 0.5f;
    float y = v / grid + 4;
    int slot = (int)floorf((x + (ADVANCE - 4) * 0.5f) / ADVANCE);
    if (slot < 0 || slot >= count)
        return 0;
    float d = 9;
    for (size_t g = 0; g < sizeof GLYPHS / sizeof *GLYPHS; g++)
        for (int s = 0; GLYPHS[g].letter == text[slot] && s < GLYPHS[g].strokes; s++)
            d = fminf(d, segment_distance(x - (float)slot * ADVANCE, y, GLYPHS[g].line[s]));
    return cover(d - bold * 0.5f, 0.12f);
}

static float mountain(float u, float v, float peak_u, float peak_v, float slope)
{
    float ridge = peak_v - slope * fabsf(u - peak_u) + 0.008f * (noise(vec3(u * 60, peak_u * 90, 3)) - 0.5f);
    return cover(v - ridge, 0.0018f);
}

float label_distance(float u, float v)
{
    return rounded_box(u, v, 0.185f, 0.218f, 0.02f);
}

Vec3 label_colour(float u, float v)
{
    const Vec3 ink = { 0.022f, 0.045f, 0.075f }, far_blue = { 0.16f, 0.27f, 0.34f };
    const Vec3 orange = { 0.80f, 0.22f, 0.035f }, snow = { 0.80f, 0.80f, 0.76f };
    float fibre = fractal(vec3(u * 90, v * 160, 1), 3);
    Vec3 c = scale(vec3(0.80f, 0.735f, 0.60f), 0.90f + 0.16f * fibre);

    /* The emblem: a sun behind two mountains, in a round frame with a flat base. */
    float eu = u, ev = v - 0.058f, er = sqrtf(eu * eu + ev * ev);
    float inside = cover(er - 0.118f, 0.0015f) * cover(-0.070f - ev, 0.0015f);
    float su = eu - 0.036f, sv = ev - 0.040f;
    float sun = cover(sqrtf(su * su + sv * sv) - 0.037f, 0.0015f);
    float back = mountain(eu, ev, 0.062f, 0.026f, 1.0f), front = mountain(eu, ev, -0.026f, 0.066f, 1.15f);
    float jag = 0.010f * sinf(eu * 130) + 0.008f * sinf(eu * 310 + 1);
    float cap = front * cover(0.030f + jag - ev, 0.0018f);
    Vec3 e = mix(vec3(0.86f, 0.62f, 0.33f), orange, sun);
    e = mix(e, far_blue, back);
    e = mix(mix(e, ink, front), snow, cap);
    c = mix(c, e, inside);
    c = mix(c, ink, cover(fabsf(er - 0.127f) - 0.0028f, 0.0015f) * cover(-0.070f - ev, 0.0015f));

    float print = text_ink("FACET", u, v + 0.073f, 0.048f, 1.5f);
    print = fmaxf(print, text_ink("COFFEE CO", u, v + 0.126f, 0.020f, 1.15f));
    /* Two rows of small print, too small to read: dashes of uneven length. */
    for (int row = 0; row < 2; row++) {
        float y = v + 0.158f + 0.017f * (float)row, dash = noise(vec3(u * 120, (float)row * 7.3f, 2));
        print = fmaxf(print, cover(fabsf(y) - 0.0032f, 0.0012f) * cover(fabsf(u) - 0.115f, 0.002f) *
                                 smooth(0.30f, 0.36f, dash) * 0.8f);
    }
    float frame = rounded_box(u, v, 0.165f, 0.198f, 0.012f);
    print = fmaxf(print, cover(fabsf(frame) - 0.0022f, 0.0012f));
    return mix(c, ink, print * (0.86f + 0.14f * fibre));
}
