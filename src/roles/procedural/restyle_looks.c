/* restyle_looks.c: the table of looks. */
#include "roles/procedural/restyle_look.h"

#include <string.h>

/* clang-format off */
static const Look looks[] = {
    /* ---- light ---- */
    { .name = "night room", .ambient = 0x8FA4D8, .dim = 0.905f, .front = 0.02f,
      .light = { { .colour = 0xA8BCF0, .strength = 0.20f, .azimuth = 75, .elevation = 35, .reach = 0.8f, .far = 0.5f, .wrap = 0.35f, .shadow = 0.8f, .soft = 0.5f } },
      .saturation = -0.30f, .contrast = 0.08f, .vignette = 0.5f },
    { .name = "fluorescent", .ambient = 0xD4F2C8, .dim = 0.30f,
      .light = { { .colour = 0xD2FFD0, .strength = 0.62f, .azimuth = 10, .elevation = 80, .far = 0.9f, .wrap = 0.9f, .shadow = 0.25f, .soft = 0.9f } },
      .saturation = -0.22f, .contrast = -0.10f, .lift = 0.012f, .bloom = 0.3f },
    { .name = "midday sun", .ambient = 0xC4D8FF, .dim = 0.52f,
      .light = { { .colour = 0xFFF8E8, .strength = 1.15f, .azimuth = 55, .elevation = 62, .far = 1, .wrap = 0.12f, .shadow = 0.92f, .soft = 0.02f } },
      .contrast = 0.22f, .saturation = 0.05f, .bloom = 0.3f },
    { .name = "backlight", .ambient = 0xE8E4EC, .dim = 0.64f, .front = 0.06f,
      .light = { { .colour = 0xFFE9C4, .strength = 0.95f, .azimuth = 172, .elevation = 32, .far = 1, .wrap = 0.1f, .shadow = 0.75f, .soft = 0.06f } },
      .rim = 1.25f, .lift = 0.02f, .bloom = 0.8f },
    { .name = "neon", .adds = true, .two_sided = true, .takes_colour = true, .ambient = 0x9090C8, .dim = 0.90f, .front = 0.10f,
      .light = { { .colour = 0xFF20C0, .strength = 1.6f, .azimuth = 82, .elevation = 22, .reach = 0.45f, .far = 0.55f, .wrap = 0.22f, .shadow = 0.55f, .soft = 0.4f } },
      .rim = 0.9f, .saturation = 0.08f, .wet = 0.30f, .vignette = 0.25f, .bloom = 0.6f },
    { .name = "golden hour", .ambient = 0xC8CCE2, .dim = 0.56f,
      .light = { { .colour = 0xFFAE52, .strength = 1.25f, .azimuth = 68, .elevation = 20, .far = 0.9f, .wrap = 0.22f, .shadow = 0.85f, .soft = 0.05f } },
      .rim = 0.45f, .warmth = 0.12f, .haze = 0.10f, .air = 0xFFC070, .sky = 0.55f, .zenith = 0x8C9CC0, .horizon = 0xFFC070, .bloom = 0.5f },
    { .name = "blue hour", .ambient = 0x7296DC, .dim = 0.66f, .front = 0.04f,
      .light = { { .colour = 0x8CB0FF, .strength = 0.16f, .azimuth = 40, .elevation = 60, .far = 0.8f, .wrap = 0.8f, .shadow = 0.2f, .soft = 0.8f } },
      .sky = 0.85f, .zenith = 0x16285C, .horizon = 0x5878B8, .bulbs = 0.5f, .bulb = 0xFFA450, .bloom = 0.6f },
    { .name = "overcast", .ambient = 0xE4ECF4, .dim = 0.04f, .saturation = -0.34f, .contrast = -0.20f, .lift = 0.01f,
      .sky = 0.85f, .zenith = 0xAEB6BE, .horizon = 0xD2D8DC, .clouds = 0.5f, .haze = 0.12f, .air = 0xD4DADF },
    { .name = "moonlight", .ambient = 0x5878D0, .dim = 0.895f, .front = 0.015f,
      .light = { { .colour = 0x9CBCFF, .strength = 0.30f, .azimuth = 75, .elevation = 42, .far = 0.55f, .wrap = 0.12f, .shadow = 0.75f, .soft = 0.06f } },
      .rim = 0.22f, .saturation = -0.55f, .sky = 0.95f, .zenith = 0x050A1E, .horizon = 0x14224A, .vignette = 0.4f },
    { .name = "candle", .ambient = 0xC08050, .dim = 0.958f, .front = 0.01f,
      .light = { { .colour = 0xFF8A2C, .strength = 1.25f, .azimuth = 48, .elevation = 14, .reach = 0.16f, .far = 0.12f, .wrap = 0.30f, .shadow = 0.8f, .soft = 0.25f } },
      .warmth = 0.15f, .vignette = 0.5f, .bloom = 0.5f },
    { .name = "tungsten", .ambient = 0xFFB060, .dim = 0.66f,
      .light = { { .colour = 0xFF9C3C, .strength = 0.85f, .azimuth = 50, .elevation = 48, .reach = 0.95f, .far = 0.5f, .wrap = 0.45f, .shadow = 0.65f, .soft = 0.4f } },
      .warmth = 0.35f, .vignette = 0.3f, .bloom = 0.4f },
    { .name = "spot", .takes_colour = true, .ambient = 0x8098C0, .dim = 0.955f,
      .light = { { .colour = 0xE4F0FF, .strength = 1.35f, .azimuth = 20, .elevation = 78, .far = 0, .wrap = 0.55f, .shadow = 0.85f, .soft = 0.05f, .pattern = PATTERN_CONE } },
      .saturation = -0.05f, .vignette = 0.3f, .bloom = 0.4f },
    { .name = "hard side", .ambient = 0xC8D4EC, .dim = 0.90f, .front = 0.015f,
      .light = { { .colour = 0xFFF4E2, .strength = 1.35f, .azimuth = 84, .elevation = 24, .reach = 0.75f, .far = 0.55f, .wrap = 0.05f, .shadow = 0.95f, .soft = 0.03f } },
      .contrast = 0.10f },
    { .name = "sodium", .ambient = 0xFFE0C0, .dim = 0.90f, .front = 0.02f,
      .light = { { .colour = 0xFFE8D0, .strength = 0.85f, .azimuth = 60, .elevation = 58, .reach = 0.55f, .far = 0.18f, .wrap = 0.25f, .shadow = 0.8f, .soft = 0.10f } },
      .saturation = -0.78f, .warmth = 2.0f, .sky = 0.95f, .zenith = 0x0A0A0C, .horizon = 0x20201E, .bulbs = 0.2f, .bulb = 0xFFC890,
      .vignette = 0.4f, .bloom = 0.5f },
    { .name = "sunset", .ambient = 0xD0A0B8, .dim = 0.50f,
      .light = { { .colour = 0xFF8A50, .strength = 0.72f, .azimuth = 128, .elevation = 14, .far = 0.75f, .wrap = 0.35f, .shadow = 0.7f, .soft = 0.08f } },
      .rim = 0.55f, .sky = 1, .zenith = 0x5A2E80, .horizon = 0xFF5A38, .clouds = 0.7f, .warmth = 0.12f, .bloom = 0.6f },
    { .name = "dawn", .ambient = 0xD8C4E4, .dim = 0.34f,
      .light = { { .colour = 0xFFB4A8, .strength = 0.42f, .azimuth = 70, .elevation = 14, .far = 1, .wrap = 0.6f, .shadow = 0.35f, .soft = 0.3f } },
      .contrast = -0.16f, .saturation = -0.12f, .lift = 0.02f, .mist = 0.28f, .air = 0xF0D4DC, .dew = 0.8f,
      .sky = 0.9f, .zenith = 0x98B4E0, .horizon = 0xFFC0B8, .clouds = 0.3f },
    { .name = "storm", .ambient = 0xB4C4A8, .dim = 0.68f, .front = 0.03f,
      .light = { { .colour = 0xD8E4C0, .strength = 0.34f, .azimuth = 62, .elevation = 35, .far = 0.4f, .wrap = 0.3f, .shadow = 0.4f, .soft = 0.3f } },
      .saturation = -0.30f, .contrast = 0.28f, .sky = 1, .zenith = 0x2A302C, .horizon = 0x76806C, .clouds = 1.4f, .vignette = 0.5f },
    { .name = "television", .ambient = 0x4060C0, .dim = 0.945f, .front = 0.01f,
      .light = { { .colour = 0x4C86FF, .strength = 1.05f, .azimuth = 46, .elevation = 8, .reach = 0.42f, .far = 0.3f, .wrap = 0.35f, .shadow = 0.6f, .soft = 0.35f } },
      .saturation = -0.12f, .vignette = 0.4f, .bloom = 0.4f },
    { .name = "flash", .ambient = 0xE8ECF4, .dim = 0.86f, .front = 0.05f,
      .light = { { .colour = 0xF8FAFF, .strength = 1.25f, .azimuth = 22, .elevation = 32, .reach = 0.75f, .far = 0.10f, .wrap = 0.35f, .shadow = 0.93f, .soft = 0.015f } },
      .contrast = 0.15f, .vignette = 0.4f, .sky = 0.9f, .zenith = 0x04060A, .horizon = 0x0A0E14 },
    { .name = "from below", .ambient = 0xC8A890, .dim = 0.90f, .front = 0.02f,
      .light = { { .colour = 0xFFAA58, .strength = 0.95f, .azimuth = 24, .elevation = -52, .reach = 0.20f, .far = 0.6f, .wrap = 0.15f, .shadow = 0.75f, .soft = 0.25f } },
      .warmth = 0.12f, .vignette = 0.4f },
    { .name = "window", .ambient = 0xDDE6F2, .dim = 0.88f,
      .light = { { .colour = 0xEEF4FF, .strength = 1.9f, .azimuth = 74, .elevation = 30, .reach = 0.42f, .far = 0.7f, .wrap = 0.25f, .shadow = 0.55f, .soft = 0.6f } },
      .saturation = -0.08f, .contrast = 0, .lift = 0.008f, .bloom = 0.4f },
    { .name = "awning", .takes_colour = true, .ambient = 0xA8E0AE, .dim = 0.34f,
      .light = { { .colour = 0xA4F0B0, .strength = 0.25f, .azimuth = 20, .elevation = 85, .far = 0.6f, .wrap = 1, .shadow = 0.15f, .soft = 1 } },
      .contrast = -0.10f, .saturation = -0.05f },
    { .name = "refrigerated", .ambient = 0xD4E8FF, .dim = 0.40f,
      .light = { { .colour = 0xE0F0FF, .strength = 1.2f, .azimuth = 15, .elevation = 64, .reach = 1.2f, .far = 0.8f, .wrap = 0.6f, .shadow = 0.35f, .soft = 0.4f } },
      .saturation = -0.18f, .warmth = -0.28f, .contrast = 0.05f, .mist = 0.06f, .air = 0xE8F4FF, .wet = 0.22f, .lift = 0.015f, .bloom = 0.8f },
    { .name = "mixed lamps", .ambient = 0xD8D4D8, .dim = 0.87f,
      .light = { { .colour = 0xFF9A3E, .strength = 1.4f, .azimuth = 82, .elevation = 30, .reach = 0.62f, .far = 0.6f, .wrap = 0.15f, .shadow = 0.6f, .soft = 0.3f },
                 { .colour = 0x86B8FF, .strength = 1.35f, .azimuth = -82, .elevation = 34, .reach = 0.62f, .far = 0.6f, .wrap = 0.15f, .shadow = 0.6f, .soft = 0.3f } },
      .saturation = 0.08f },
    { .name = "low winter sun", .ambient = 0xC4D8FF, .dim = 0.48f,
      .light = { { .colour = 0xFFF0D8, .strength = 0.95f, .azimuth = 72, .elevation = 20, .far = 0.9f, .wrap = 0.2f, .shadow = 0.8f, .soft = 0.05f } },
      .rim = 0.35f, .warmth = -0.14f, .saturation = -0.12f, .contrast = 0.08f },
    { .name = "coloured lamp", .takes_colour = true, .ambient = 0xD0D0D0, .dim = 0.70f,
      .light = { { .colour = 0xFFF0DC, .strength = 0.9f, .azimuth = 70, .elevation = 35, .reach = 0.9f, .far = 0.6f, .wrap = 0.3f, .shadow = 0.6f, .soft = 0.25f } } },
    { .name = "sunshine", .ambient = 0xCCDCFF, .dim = 0.45f,
      .light = { { .colour = 0xFFF0D4, .strength = 0.95f, .azimuth = 70, .elevation = 42, .far = 1, .wrap = 0.2f, .shadow = 0.85f, .soft = 0.04f } },
      .contrast = 0.08f, .saturation = 0.05f },

    /* ---- shade with a shape ---- */
    { .name = "leaves", .kind = LOOK_PATTERN, .ambient = 0xD6E2D2, .dim = 0.66f, .contrast = 0.05f, .bloom = 0.4f,
      .light = { { .colour = 0xFFF2CC, .strength = 1.25f, .azimuth = 50, .elevation = 55, .far = 0.85f, .wrap = 0.7f, .shadow = 0.5f, .soft = 0.1f, .pattern = PATTERN_LEAVES } } },
    { .name = "blinds", .kind = LOOK_PATTERN, .ambient = 0xC8CCD8, .dim = 0.68f,
      .light = { { .colour = 0xFFE6B8, .strength = 1.25f, .azimuth = 40, .elevation = 38, .far = 0.9f, .wrap = 0.6f, .shadow = 0.7f, .soft = 0.05f, .pattern = PATTERN_BLINDS } } },
    { .name = "water light", .kind = LOOK_PATTERN, .ambient = 0xBCD8E8, .dim = 0.40f,
      .light = { { .colour = 0xFFFAE4, .strength = 0.85f, .azimuth = 40, .elevation = 40, .far = 0.8f, .wrap = 0.8f, .shadow = 0, .soft = 0.1f, .pattern = PATTERN_WATER } },
      .bloom = 0.4f },
    { .name = "coloured glass", .kind = LOOK_PATTERN, .ambient = 0xC4C0CC, .dim = 0.70f,
      .light = { { .colour = 0xFFFFFF, .strength = 1.35f, .azimuth = 50, .elevation = 42, .far = 0.85f, .wrap = 0.7f, .shadow = 0.5f, .soft = 0.06f, .pattern = PATTERN_GLASS } },
      .saturation = 0.1f },

    /* ---- air ---- */
    { .name = "fog", .takes_colour = true, .kind = LOOK_AIR, .fog = 1, .air = 0xC8CED2, .saturation = -0.22f, .contrast = -0.08f, .sky = 0.9f, .zenith = 0xC0C6CA, .horizon = 0xCCD2D6 },
    { .name = "mist", .kind = LOOK_AIR, .mist = 0.9f, .fog = 0.14f, .air = 0xDCE2E8, .contrast = -0.12f, .saturation = -0.10f, .lift = 0.012f, .warmth = -0.06f },
    { .name = "haze", .kind = LOOK_AIR, .haze = 1, .air = 0xFFF2DC, .contrast = -0.20f, .lift = 0.035f, .warmth = 0.14f, .saturation = -0.10f, .exposure = 0.15f, .bloom = 0.5f },
    { .name = "smoke", .takes_colour = true, .kind = LOOK_AIR, .smoke = 1.35f, .air = 0xC4C8CC, .contrast = -0.06f, .saturation = -0.06f },
    { .name = "sunbeam", .kind = LOOK_AIR, .ambient = 0xD4D0C8, .dim = 0.42f, .beam = 1, .dust = 1, .air = 0xFFE6B0, .bloom = 0.5f },
    { .name = "sand", .kind = LOOK_AIR, .ambient = 0xF0D090, .dim = 0.22f, .sand = 1, .fog = 0.42f, .air = 0xD8B070, .warmth = 0.40f, .contrast = -0.12f, .saturation = -0.18f,
      .sky = 0.9f, .zenith = 0xC89C58, .horizon = 0xE0BC80 },

    /* ---- what falls ---- */
    { .name = "rain", .kind = LOOK_FALL, .ambient = 0xDCE4EC, .dim = 0.26f, .rain = 0.45f, .wet = 0.65f, .dew = 0.35f, .fog = 0.08f, .air = 0xB8C0C8, .saturation = -0.14f,
      .contrast = -0.05f, .wind = 0.06f, .sky = 0.7f, .zenith = 0x98A0A8, .horizon = 0xBCC4CA, .clouds = 0.4f },
    { .name = "heavy rain", .kind = LOOK_FALL, .ambient = 0xC8D4E0, .dim = 0.50f, .rain = 1.15f, .wet = 1, .puddles = 0.5f, .fog = 0.22f, .air = 0x8C969E, .saturation = -0.28f,
      .wind = 0.16f, .sky = 1, .zenith = 0x4C5258, .horizon = 0x808A92, .clouds = 0.9f, .vignette = 0.2f },
    { .name = "snow", .kind = LOOK_FALL, .ambient = 0xDCE8FA, .dim = 0.18f, .snow = 1, .snow_cover = 0.8f, .fog = 0.16f, .air = 0xD4DCE6, .saturation = -0.18f, .contrast = -0.06f,
      .wind = 0.08f, .sky = 0.85f, .zenith = 0xB4BEC8, .horizon = 0xD0D8E0, .clouds = 0.3f, .warmth = -0.10f },
    { .name = "driven snow", .kind = LOOK_FALL, .ambient = 0xD4E4FF, .dim = 0.14f, .snow = 1.2f, .wind = 0.9f, .snow_cover = 0.35f, .fog = 0.34f, .air = 0xD8E4F0, .saturation = -0.34f,
      .contrast = -0.12f, .warmth = -0.24f, .sky = 0.9f, .zenith = 0xC4D0DC, .horizon = 0xDCE6EE },

    /* ---- the surface ---- */
    { .name = "wet", .kind = LOOK_SURFACE, .adds = true, .wet = 0.8f },
    { .name = "after rain", .kind = LOOK_SURFACE, .adds = true, .wet = 0.9f, .puddles = 1, .dew = 0.4f, .contrast = 0.06f, .saturation = 0.06f, .sky = 0.7f, .zenith = 0x6E96C8, .horizon = 0xE8E4D4,
      .clouds = 0.9f },
    { .name = "frost", .kind = LOOK_SURFACE, .adds = true, .frost = 1, .warmth = -0.20f, .saturation = -0.12f, .sky = 0.4f, .zenith = 0x7CA8DC, .horizon = 0xD8E8F4 },
    { .name = "dew", .kind = LOOK_SURFACE, .adds = true, .dew = 1 },
    { .name = "snow cover", .kind = LOOK_SURFACE, .adds = true, .snow_cover = 1, .warmth = -0.08f },

    /* ---- the lens ---- */
    { .name = "flare", .kind = LOOK_LENS, .adds = true, .flare = 1, .warmth = 0.14f, .contrast = 0.02f, .lift = 0.004f, .rim = 0.4f, .bloom = 0.6f, .ambient = 0xFFECD8, .dim = 0.06f },
    { .name = "lens drops", .kind = LOOK_LENS, .adds = true, .drops = 1, .contrast = -0.03f },
    { .name = "fogged lens", .kind = LOOK_LENS, .adds = true, .fogged = 1, .bloom = 1 },
    { .name = "bulbs", .takes_colour = true, .kind = LOOK_LENS, .adds = true, .ambient = 0xE0A878, .dim = 0.70f, .front = 0.10f, .bulbs = 1, .bulb = 0xFFAE58, .bulb_rows = 1, .warmth = 0.16f, .bloom = 0.6f,
      .light = { { .colour = 0xFFB264, .strength = 0.30f, .azimuth = 150, .elevation = 40, .far = 0.8f, .wrap = 0.7f, .shadow = 0.2f, .soft = 0.8f } }, .rim = 0.35f },
    { .name = "far lamps", .kind = LOOK_LENS, .adds = true, .bulbs = 0.7f, .bulb = 0xFFA450 },
    { .name = "light trails", .kind = LOOK_LENS, .adds = true, .ambient = 0x7080A8, .dim = 0.86f, .front = 0.16f, .trails = 1, .wet = 0.55f, .rim = 0.3f, .vignette = 0.3f, .bloom = 1,
      .light = { { .colour = 0xFFF0E0, .strength = 0.20f, .azimuth = 40, .elevation = 40, .far = 0.2f, .wrap = 0.4f, .shadow = 0.3f, .soft = 0.4f } },
      .sky = 0.9f, .zenith = 0x060810, .horizon = 0x141828 },

    /* ---- exposure ---- */
    { .name = "underexposed", .kind = LOOK_EXPOSURE, .exposure = -2.0f, .contrast = 0.28f },
    { .name = "overexposed", .kind = LOOK_EXPOSURE, .exposure = 1.35f, .saturation = -0.25f, .lift = 0.03f, .contrast = -0.06f, .bloom = 1.2f },

    /* ---- words without more ---- */
    { .name = "dark", .kind = LOOK_TONE, .adds = true, .dim = 0.55f, .ambient = 0xD8DCEC, .vignette = 0.4f },
    { .name = "bright", .kind = LOOK_TONE, .adds = true, .exposure = 0.55f },
    { .name = "warm", .kind = LOOK_TONE, .adds = true, .warmth = 0.5f },
    { .name = "cool", .kind = LOOK_TONE, .adds = true, .warmth = -0.5f },
    { .name = "soft", .kind = LOOK_TONE, .adds = true, .contrast = -0.2f, .lift = 0.015f },
    { .name = "contrast", .kind = LOOK_TONE, .adds = true, .contrast = 0.3f },
    { .name = "muted", .kind = LOOK_TONE, .adds = true, .saturation = -0.4f },
    { .name = "vivid", .kind = LOOK_TONE, .adds = true, .saturation = 0.3f, .contrast = 0.08f },
};
/* clang-format on */

const Look *look_find(const char *name)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (strcmp(looks[i].name, name) == 0)
            return &looks[i];
    return NULL;
}
