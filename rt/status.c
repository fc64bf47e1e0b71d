#include "rt/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef error_set
dr_status
error_set(dr_error *err, dr_status status, const char *fmt, ...)
{
	if (err) {
		va_list args;
		va_start(args, fmt);
		vsnprintf(err->text, sizeof err->text, fmt, args);
		va_end(args);
	}
	return status;
}

dr_status
error_prefix(dr_error *err, dr_status status, const char *prefix)
{
	if (err) {
		char old[sizeof err->text];
		memcpy(old, err->text, sizeof old);
		old[sizeof old - 1] = '\0';
		/* Truncation of an over-long line is harmless: the prefix is what names the file. */
		if (snprintf(err->text, sizeof err->text, "%s: %s", prefix, old) < 0)
			err->text[0] = '\0';
	}
	return status;
}

int
status_exit_code(dr_status status)
{
	switch (status) {
	case DR_OK:
	case DR_CANCELLED: return 0;
	case DR_USAGE: return 2;
	case DR_BAD_INPUT: return 3;
	case DR_FAILED:
	case DR_UNAVAILABLE: break;
	}
	return 1;
}
