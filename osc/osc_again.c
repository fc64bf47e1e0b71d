/* Telling twice. Runs in the OSC thread. */
#include "osc/osc_state.h"

bool
osc_again_due(uint8_t *rounds)
{
	if (*rounds > 1)
		--*rounds;
	return *rounds == 1;
}

void
osc_again_told(const osc_peer *p, uint8_t *rounds, bool changed)
{
	/* Who may not be there at all is told no more than it must be. */
	*rounds = changed && osc_peer_certain(p) ? OSC_AGAIN : 0;
}

void
osc_again_set(uint8_t *rounds)
{
	if (*rounds > 0)
		*rounds = OSC_AGAIN;
}
