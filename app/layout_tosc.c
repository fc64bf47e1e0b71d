/* TouchOSC's own form (Mk2, .tosc): zlib over XML, a tree of nodes with properties, values, messages. */
#include "app/layout.h"
#include "app/layout_pack.h"
#include "rt/rng.h"

#include <stdio.h>
#include <stdlib.h>

enum { TABS = 40 };

/* Any number will do, as long as no two nodes share it; this one is the same every time. */
static void
identify(text *t, uint64_t *nodes)
{
	const uint64_t a = rng_mix(2 * ++*nodes), b = rng_mix(2 * *nodes + 1);
	text_add(t, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
		 (unsigned)(a & 0xfff), (unsigned)(b >> 48 & 0xfff),
		 (unsigned long long)(b & 0xffffffffffffull));
}

static void
number(text *t, char type, const char *key, int value)
{
	text_add(t, "<property type='%c'><key><![CDATA[%s]]></key><value>%d</value></property>\n", type, key,
		 value);
}

static void
words(text *t, const char *key, const char *value)
{
	text_add(t, "<property type='s'><key><![CDATA[%s]]></key><value><![CDATA[%s]]></value></property>\n",
		 key, value);
}

static void
colour(text *t, const char *key, const float rgb[3], float alpha)
{
	text_add(t,
		 "<property type='c'><key><![CDATA[%s]]></key><value><r>%.3f</r><g>%.3f</g><b>%.3f</b>"
		 "<a>%.3f</a></value></property>\n",
		 key, (double)rgb[0], (double)rgb[1], (double)rgb[2], (double)alpha);
}

static void
frame(text *t, layout_rect at)
{
	text_add(t,
		 "<property type='r'><key><![CDATA[frame]]></key><value><x>%d</x><y>%d</y><w>%d</w><h>%d</h>"
		 "</value></property>\n",
		 at.x, at.y, at.w, at.h);
}

static void
open_node(text *t, uint64_t *nodes, const char *type, const char *name, layout_rect at, const float rgb[3],
	  bool touched)
{
	text_add(t, "<node ID='");
	identify(t, nodes);
	text_add(t, "' type='%s'>\n<properties>\n", type);
	words(t, "name", name);
	frame(t, at);
	colour(t, "color", rgb, 1.0f);
	number(t, 'b', "visible", 1);
	number(t, 'b', "interactive", touched);
	number(t, 'b', "grabFocus", touched);
	number(t, 'b', "background", 1);
	number(t, 'b', "outline", 1);
	number(t, 'b', "locked", 0);
}

static void
start_value(text *t, const char *key, const char *initial)
{
	text_add(
	    t,
	    "<value><key><![CDATA[%s]]></key><locked>0</locked><lockedDefaultCurrent>0</lockedDefaultCurrent>"
	    "<default><![CDATA[%s]]></default><defaultPull>0</defaultPull></value>\n",
	    key, initial);
}

/* Sends variable x or y, in the range, and takes what comes on the same path. */
static void
message(text *t, const char *path, const char *variable, float low, float high, bool sends)
{
	text_add(
	    t,
	    "<osc><enabled>1</enabled><send>%d</send><receive>1</receive><feedback>0</feedback>"
	    "<noDuplicates>0</noDuplicates><connections>1111111111</connections>\n"
	    "<triggers><trigger><var><![CDATA[%s]]></var><condition>ANY</condition></trigger></triggers>\n"
	    "<path><partial><type>CONSTANT</type><conversion>STRING</conversion><value><![CDATA[%s]]></value>"
	    "<scaleMin>0</scaleMin><scaleMax>1</scaleMax></partial></path>\n"
	    "<arguments><partial><type>VALUE</type><conversion>FLOAT</conversion><value><![CDATA[%s]]></"
	    "value>"
	    "<scaleMin>%g</scaleMin><scaleMax>%g</scaleMax></partial></arguments></osc>\n",
	    sends, variable, path, variable, (double)low, (double)high);
}

static void
own_properties(text *t, const layout_control *c)
{
	static const float white[3] = {0.95f, 0.95f, 0.95f};
	switch (c->kind) {
	case LAYOUT_LABEL:
		number(t, 'i', "textSize", c->at.h >= 40 ? 18 : 13);
		number(t, 'i', "textAlignH", 2);
		colour(t, "textColor", white, 1.0f);
		break;
	case LAYOUT_BUTTON:
	case LAYOUT_PAD:
	case LAYOUT_TOGGLE:
		/* 0 while pressed, 2 from press to press */
		number(t, 'i', "buttonType", c->kind == LAYOUT_TOGGLE ? 2 : 0);
		number(t, 'b', "press", 1);
		number(t, 'b', "release", c->kind != LAYOUT_TOGGLE);
		number(t, 'b', "valuePosition", c->kind == LAYOUT_PAD);
		break;
	case LAYOUT_FADER:
	case LAYOUT_LIGHT:
		number(t, 'i', "orientation", c->across ? 1 : 0); /* north, east */
		number(t, 'b', "bar", 1);
		number(t, 'b', "cursor", c->kind == LAYOUT_FADER);
		number(t, 'b', "grid", c->kind == LAYOUT_FADER);
		number(t, 'i', "gridSteps", c->whole ? (int)(c->high - c->low) + 1 : 10);
		number(t, 'i', "response", 0); /* absolute */
		break;
	case LAYOUT_XY: number(t, 'i', "response", 0); break;
	}
}

static void
write_control(text *t, uint64_t *nodes, const layout_control *c)
{
	static const char *const type[] = {"LABEL", "BUTTON", "BUTTON", "BUTTON", "FADER", "XY", "FADER"};
	static const float dark[3] = {0.16f, 0.16f, 0.18f};
	const bool touched = c->kind != LAYOUT_LABEL && c->kind != LAYOUT_LIGHT;
	open_node(t, nodes, type[c->kind], c->name, c->at,
		  c->kind == LAYOUT_LABEL ? dark : layout_rgb(c->colour), touched);
	own_properties(t, c);
	text_add(t, "</properties>\n<values>\n");
	start_value(t, "touch", "false");
	if (c->kind == LAYOUT_LABEL) {
		start_value(t, "text", c->text);
		text_add(t, "</values>\n</node>\n");
		return;
	}
	start_value(t, "x", "0");
	if (c->kind == LAYOUT_XY)
		start_value(t, "y", "0");
	text_add(t, "</values>\n<messages>\n");
	if (c->kind == LAYOUT_XY) {
		message(t, c->path_x, "x", c->low, c->high, true);
		/* Their y grows upwards; above is where the first kit is, at 0. */
		message(t, c->path_y, "y", c->high, c->low, true);
	} else {
		message(t, c->path, "x", c->low, c->high, touched);
	}
	text_add(t, "</messages>\n</node>\n");
}

/* What the tablet does by itself: subscribes, says every five seconds that it is still there, answers when it
 * is asked whether it is. */
static void
write_script(text *t, const layout_options *o)
{
	text_add(t, "<property type='s'><key><![CDATA[script]]></key><value><![CDATA[");
	text_add(t,
		 "local port = %d -- at which this tablet receives; 0: that from which it sends\n"
		 "local every = 5000\n"
		 "local last = -every\n"
		 "local verb = '/drumlin/subscribe'\n"
		 "\n"
		 "function update()\n"
		 "  local now = getMillis()\n"
		 "  if now - last < every then return end\n"
		 "  last = now\n",
		 o->port);
	if (o->token)
		text_add(t, "  sendOSC({'/drumlin/token', {{tag = 's', value = '%s'}}})\n", o->token);
	text_add(t, "  local arguments = {{tag = 's', value = 'all'}}\n"
		    "  if port > 0 then table.insert(arguments, 1, {tag = 'i', value = port}) end\n"
		    "  sendOSC({verb, arguments})\n"
		    "  verb = '/drumlin/renew'\n"
		    "end\n"
		    "\n"
		    "function onReceiveOSC(message, connections)\n"
		    "  if message[1] == '/drumlin/ping' then sendOSC({'/drumlin/pong', message[2]}) end\n"
		    "end\n]]></value></property>\n");
}

static void
write_page(text *t, uint64_t *nodes, const layout *l, const layout_page *p)
{
	static const float black[3] = {0.05f, 0.05f, 0.06f}, off[3] = {0.25f, 0.25f, 0.27f},
			   white[3] = {0.95f, 0.95f, 0.95f};
	open_node(t, nodes, "GROUP", p->name, (layout_rect){0, TABS, l->options.width, l->options.height},
		  black, false);
	words(t, "tabLabel", p->name);
	colour(t, "tabColorOff", off, 1.0f);
	colour(t, "tabColorOn", layout_rgb(LAYOUT_BLUE), 1.0f);
	colour(t, "textColorOff", white, 1.0f);
	colour(t, "textColorOn", white, 1.0f);
	text_add(t, "</properties>\n<values>\n");
	start_value(t, "touch", "false");
	text_add(t, "</values>\n<children>\n");
	for (int i = 0; i < p->n; i++)
		write_control(t, nodes, &p->control[i]);
	text_add(t, "</children>\n</node>\n");
}

dr_status
layout_write_tosc(const layout *l, char **data, size_t *size, dr_error *err)
{
	static const float black[3] = {0.05f, 0.05f, 0.06f};
	const layout_rect screen = {0, 0, l->options.width, l->options.height + TABS};
	uint64_t nodes = 0;
	text t = {0};
	text_add(&t, "<?xml version='1.0' encoding='UTF-8'?>\n<lexml version='3'>\n");
	open_node(&t, &nodes, "GROUP", "drumlin", screen, black, false);
	write_script(&t, &l->options);
	text_add(&t, "</properties>\n<values>\n");
	start_value(&t, "touch", "false");
	text_add(&t, "</values>\n<children>\n");
	open_node(&t, &nodes, "PAGER", "pages", screen, black, true);
	number(&t, 'b', "tabbar", 1);
	number(&t, 'b', "tabLabels", 1);
	number(&t, 'i', "tabbarSize", TABS);
	number(&t, 'b', "tabbarDoubleTap", 0);
	number(&t, 'i', "textSizeOff", 16);
	number(&t, 'i', "textSizeOn", 18);
	text_add(&t, "</properties>\n<values>\n");
	start_value(&t, "page", "0");
	start_value(&t, "touch", "false");
	text_add(&t, "</values>\n<children>\n");
	for (int i = 0; i < LAYOUT_PAGES; i++)
		write_page(&t, &nodes, l, &l->page[i]);
	text_add(&t, "</children>\n</node>\n</children>\n</node>\n</lexml>\n");
	const dr_status status = pack_zlib(&t, data, size, err);
	text_free(&t);
	return status;
}
