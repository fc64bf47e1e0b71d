/* Telling twice. Runs in the OSC thread. */
#include "osc/osc_state.h"

enum { ONCE_MORE = 0x80 }; /* is to be told when the rounds are over */

bool
osc_again_due(uint8_t *again)
{
	if (*again & ~ONCE_MORE)
		--*again;
	return *again == ONCE_MORE;
}

void
osc_again_told(uint8_t *again, bool changed)
{
	*again = changed ? OSC_AGAIN | ONCE_MORE : OSC_AGAIN;
}

void
osc_again_set(uint8_t *again)
{
	if (*again)
		*again = OSC_AGAIN | ONCE_MORE;
}
