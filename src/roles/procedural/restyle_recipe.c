#include "roles/procedural/restyle_recipe.h"

#include "base/rng.h"
#include "roles/procedural/noise.h"

#include <math.h>

/* A colour as a tint: between its own brightness and one whose largest part is 1, so that deep colours are
 * neither black nor glaring. */
static Pixel tint_hex(uint32_t rgb)
{
    Pixel p = colour_hex(rgb);
    float top = fmaxf(p[0], fmaxf(p[1], p[2])), bright = 0.6f * top + 0.4f * pixel_luma(p);
    p = p / pixel_all(fmaxf(bright, 1e-3f));
    p[3] = 1;
    return p;
}

static float larger(float a, float b)
{
    return fabsf(a) > fabsf(b) ? a : b;
}

/* Amounts of things: the strongest counts. */
static void add_amounts(Look *s, const Look *l, float k)
{
    s->front = larger(s->front, l->front);
    s->rim = larger(s->rim, l->rim * k);
    s->fog = larger(s->fog, l->fog * k);
    s->mist = larger(s->mist, l->mist * k);
    s->haze = larger(s->haze, l->haze * k);
    s->smoke = larger(s->smoke, l->smoke * k);
    s->beam = larger(s->beam, l->beam * k);
    s->dust = larger(s->dust, l->dust * k);
    s->sand = larger(s->sand, l->sand * k);
    s->rain = larger(s->rain, l->rain * k);
    s->snow = larger(s->snow, l->snow * k);
    s->wind = larger(s->wind, l->wind);
    s->wet = larger(s->wet, l->wet * k);
    s->puddles = larger(s->puddles, l->puddles * k);
    s->snow_cover = larger(s->snow_cover, l->snow_cover * k);
    s->frost = larger(s->frost, l->frost * k);
    s->dew = larger(s->dew, l->dew * k);
    s->clouds = larger(s->clouds, l->clouds);
    s->flare = larger(s->flare, l->flare * k);
    s->drops = larger(s->drops, l->drops * k);
    s->fogged = larger(s->fogged, l->fogged * k);
    s->trails = larger(s->trails, l->trails * k);
    s->bulbs = larger(s->bulbs, l->bulbs * k);
    s->bulb_rows = larger(s->bulb_rows, l->bulb_rows);
    s->vignette = larger(s->vignette, l->vignette);
    s->bloom = larger(s->bloom, l->bloom);
}

/* Two looks that both take colour away do not take it all. */
static float join(float a, float b)
{
    float large = larger(a, b), small = large == a ? b : a;
    return large * small > 0 ? large + 0.3f * small : large + small;
}

/* Changes of tone add up. */
static void add_tone(Look *s, const Look *l, float k)
{
    s->exposure += l->exposure * k;
    s->saturation = join(s->saturation, l->saturation * k);
    s->contrast += l->contrast * k;
    s->lift += l->lift * k;
    s->warmth += l->warmth * k;
}

/* Turn `v` towards the light from degrees. */
static void aim(float to[3], float side, float azimuth, float elevation)
{
    float a = azimuth * 0.0174533f, e = elevation * 0.0174533f;
    to[0] = side * sinf(a) * cosf(e);
    to[1] = sinf(e);
    to[2] = cosf(a) * cosf(e);
}

static void add_lights(Recipe *r, const Wish *w, float side, float share, Rng *rng)
{
    for (int i = 0; i < LOOK_LIGHTS && r->lights < RECIPE_LIGHTS; i++) {
        const LookLight *l = &w->look->light[i];
        if (l->strength <= 0)
            continue;
        RecipeLight *to = &r->light[r->lights++];
        uint32_t rgb = w->look->takes_colour && w->colour ? w->colour : l->colour;
        float strength = l->strength * share * rng_range(rng, 0.9f, 1.1f);
        float azimuth = l->azimuth + rng_range(rng, -9, 9),
              elevation = l->elevation * rng_range(rng, 0.85f, 1.15f);
        *to = (RecipeLight){ .reach = l->reach * rng_range(rng, 0.9f, 1.12f),
                             .far = l->far,
                             .wrap = l->wrap,
                             .shadow = l->shadow,
                             .soft = l->soft,
                             .pattern = l->pattern,
                             .seed = rng_u32(rng) };
        to->away = fmaxf(0.25f, fminf(0.85f, 0.95f * to->reach));
        to->colour = tint_hex(rgb) * (Pixel){ strength, strength, strength, 0 };
        aim(to->to, side, azimuth, fminf(elevation, 88));
    }
}

/* The share of light that a look leaves. */
static float remainder_of(const Look *l, float amount)
{
    return l->dim > 0 ? powf(1 - l->dim, 0.6f + 0.4f * amount) : 1 - l->dim;
}

/* The colours of the air and the sky follow the look that has most of them. */
static void add_colours(Recipe *r, const Wish *w, float *air, float *sky)
{
    const Look *l = w->look;
    float a = fmaxf(fmaxf(l->fog, l->smoke), fmaxf(fmaxf(l->mist, l->haze), fmaxf(l->sand, l->beam)));
    if (a > *air) {
        *air = a;
        r->air = colour_hex(l->takes_colour && w->colour && l->kind == LOOK_AIR ? w->colour : l->air);
    }
    float s = l->sky * (l->kind == LOOK_LIGHT ? 1.5f : 1);
    if (s > *sky) {
        *sky = s;
        r->sum.sky = l->sky;
        r->sky_keep = remainder_of(l, w->amount);
        r->zenith = colour_hex(l->zenith);
        r->horizon = colour_hex(l->horizon);
    }
    if (l->bulbs > 0 && r->bulb[3] == 0)
        r->bulb = tint_hex(l->takes_colour && w->colour ? w->colour : l->bulb);
}

static float side_of(Side s, float open)
{
    return s == SIDE_LEFT ? -1 : s == SIDE_RIGHT ? 1 : s == SIDE_OTHER ? -open : open;
}

/* Colours of light take part in it, so that the dark is not shown in the colour of day. */
static void dim_colours(Recipe *r)
{
    float level = pixel_luma(r->ambient);
    for (int i = 0; i < r->lights; i++)
        level += 0.55f * r->light[i].far * pixel_luma(r->light[i].colour);
    level = fminf(1, level);
    Pixel hue = r->ambient / pixel_all(fmaxf(1e-3f, pixel_luma(r->ambient)));
    r->air = r->air * pixel_mix(pixel_all(1), hue, 0.4f) * pixel_all(level);
    r->air[3] = 1;
    /* A sky has the brightness of its own look; what others dim, they dim of the sky too. */
    float sky = float_min(1, pixel_luma(r->ambient) / float_max(r->sky_keep, 1e-3f));
    r->zenith *= pixel_all(sky);
    r->horizon *= pixel_all(sky);
}

/* Nothing known was asked for: a little light from somewhere else. */
static void gentle_change(Recipe *r, Rng *rng)
{
    bool warm = rng_float(rng) < 0.5f;
    Wish w = { .look = look_find("coloured lamp"), .amount = 1, .colour = warm ? 0xFFD8A8 : 0xC8DCFF };
    r->side = rng_float(rng) < 0.5f ? -1 : 1;
    float keep = rng_range(rng, 0.72f, 0.82f);
    r->ambient = (warm ? (Pixel){ 0.97f, 0.98f, 1.06f, 0 } : (Pixel){ 1.05f, 1, 0.95f, 0 }) * pixel_all(keep);
    r->ambient[3] = 1;
    add_lights(r, &w, r->side, rng_range(rng, 0.35f, 0.5f), rng);
    r->sum.warmth = (warm ? 1 : -1) * rng_range(rng, 0.1f, 0.22f);
    r->sum.contrast = rng_range(rng, -0.06f, 0.08f);
}

static void add_wish(Recipe *r, const Wish *w, float open, float *air, float *sky, Rng *rng)
{
    const Look *l = w->look;
    float k = w->amount * rng_range(rng, 0.9f, 1.1f), side = side_of(w->side, open);
    add_amounts(&r->sum, l, k);
    add_tone(&r->sum, l, 0.5f + 0.5f * k);
    if (l->dim != 0 || l->ambient) {
        float keep = remainder_of(l, w->amount);
        bool named = l->takes_colour && l->kind == LOOK_LIGHT && !l->two_sided && w->colour;
        Pixel tint = named ? pixel_mix(pixel_all(1), tint_hex(w->colour), 0.45f) : tint_hex(l->ambient);
        r->ambient *= tint * (Pixel){ keep, keep, keep, 1 };
    }
    add_lights(r, w, side, 0.75f + 0.25f * w->amount, rng);
    add_colours(r, w, air, sky);
}

/* A look is meant for a picture taken by day. One that is dark gets more light from the same lamps. */
static void adapt(Recipe *r, float level)
{
    float share = 0.22f / fmaxf(level, 0.03f);
    if (share <= 1)
        return;
    float gain = fminf(powf(share, 0.7f), 2.4f), keep = pixel_luma(r->ambient);
    float more = fminf(gain, fmaxf(1, 1 / fmaxf(keep, 1e-3f)));
    r->ambient *= (Pixel){ more, more, more, 1 };
    for (int i = 0; i < r->lights; i++)
        r->light[i].colour *= pixel_all(gain);
}

void recipe_make(Recipe *r, const char *prompt, uint64_t seed, float level)
{
    Wishes wishes;
    wishes_read(&wishes, prompt);
    Rng rng;
    rng_init(&rng, seed_derive_text(seed, "restyle", prompt ? prompt : ""));
    *r = (Recipe){ .ambient = pixel_all(1), .side = 1, .sky_keep = 1, .seed = rng_u32(&rng) };
    float open = rng_float(&rng) < 0.5f ? -1 : 1, air = 0, sky = 0;
    for (size_t i = 0; i < wishes.count; i++) {
        const Wish *w = &wishes.wish[i];
        Pixel before = r->ambient;
        if (i == 0)
            r->side = side_of(w->side, open);
        bool again = i > 0 && w->look == wishes.wish[i - 1].look;
        add_wish(r, w, open, &air, &sky, &rng);
        if (again) /* the same look from its other side takes no more light away */
            r->ambient = before;
    }
    if (wishes.count == 0)
        gentle_change(r, &rng);
    /* However many looks dim the picture together, something stays to be seen. */
    float least = 0.035f / fmaxf(pixel_luma(r->ambient), 1e-4f);
    if (least > 1)
        r->ambient *= (Pixel){ least, least, least, 1 };
    adapt(r, level);
    float front = r->sum.front;
    r->front = pixel_mix(pixel_all(1), r->ambient / pixel_all(fmaxf(pixel_luma(r->ambient), 1e-3f)), 0.5f) *
               (Pixel){ front, front, front, 0 };
    dim_colours(r);
}
