/* web/browser.h: open a page where there is a screen. */
#ifndef FACET_WEB_BROWSER_H
#define FACET_WEB_BROWSER_H

#include <stdbool.h>

/* Start the user's browser ($BROWSER, else xdg-open) with this address, without waiting for it and never through a shell.
 * False when there is no screen ($DISPLAY, $WAYLAND_DISPLAY) or no browser to start. */
bool browser_open(const char *address);

#endif
