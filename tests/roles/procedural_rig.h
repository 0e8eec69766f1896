/* tests/roles/procedural_rig.h: the procedural editor with a picture to work on. */
#ifndef FACET_TESTS_PROCEDURAL_RIG_H
#define FACET_TESTS_PROCEDURAL_RIG_H

#include "../temp.h"

#include "roles/procedural/procedural.h"

typedef struct {
    void *editor;
    Image rgb, alpha;
} Fixture;

/* A fixture whose picture is still empty; fails the test when the editor does not open. */
static inline Fixture *fixture_open(void)
{
    static Fixture f;
    Err err = { 0 };
    f = (Fixture){ 0 };
    assert_ok(editor_procedural.open(&f.editor, &(RoleConfig){ 0 }, &err));
    return &f;
}

static inline int fixture_close(void **state)
{
    Fixture *f = *state;
    editor_procedural.close(f->editor);
    image_clear(&f->rgb);
    image_clear(&f->alpha);
    return 0;
}

static inline EditResult fixture_edit(const Fixture *f, const EditRequest *q)
{
    EditResult r = { 0 };
    Err err = { 0 };
    assert_ok(editor_procedural.edit(f->editor, q, &r, &err));
    return r;
}

#endif
