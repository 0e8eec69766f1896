/* main.c: dispatch only. The commands are in cli/command.c. */
#include "cli/command.h"

int main(int argc, char *argv[])
{
    return command_main(argc, argv);
}
