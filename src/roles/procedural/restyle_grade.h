/* roles/procedural/restyle_grade.h: exposure, contrast and colour of the whole picture. */
#ifndef FACET_ROLES_PROCEDURAL_RESTYLE_GRADE_H
#define FACET_ROLES_PROCEDURAL_RESTYLE_GRADE_H

#include "roles/procedural/restyle_look.h"
#include "roles/procedural/canvas.h"

/* The changes of tone of a look, in place; the fourth numbers stay. Returns the largest number of any colour. */
float restyle_grade(Canvas *c, const Look *look);

#endif
