/* cli/cmd.h: what each command gives to the table of commands. cmd_NAME.c has both. */
#ifndef FACET_CLI_CMD_H
#define FACET_CLI_CMD_H

#include "cli/options.h"

int cmd_run(int argc, char *const *argv);

extern const Option cmd_augment_options[];
int cmd_augment(int argc, char *const *argv);

extern const Option cmd_export_options[];
int cmd_export(int argc, char *const *argv);

extern const Option cmd_filter_options[];
int cmd_filter(int argc, char *const *argv);

extern const Option cmd_polygon_options[];
int cmd_polygon(int argc, char *const *argv);

extern const Option cmd_edit_options[];
int cmd_edit(int argc, char *const *argv);

extern const Option cmd_views_options[];
int cmd_views(int argc, char *const *argv);

extern const Option cmd_prompts_options[];
int cmd_prompts(int argc, char *const *argv);

extern const Option cmd_segment_options[];
int cmd_segment(int argc, char *const *argv);

extern const Option cmd_annotate_options[];
int cmd_annotate(int argc, char *const *argv);

extern const Option cmd_label_options[];
int cmd_label(int argc, char *const *argv);

extern const Option cmd_studio_options[];
int cmd_studio(int argc, char *const *argv);

extern const Option cmd_tokenize_options[];
int cmd_tokenize(int argc, char *const *argv);

extern const Option cmd_help_options[];
int cmd_help(int argc, char *const *argv);

#endif
