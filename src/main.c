/* main.c: dispatch only. */
#include <stdio.h>

int main(void)
{
    puts("facet " FACET_VERSION);
    return 0;
}
