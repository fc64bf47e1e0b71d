/* TouchOSC Mk1's form (.touchosc): a zip of index.xml, whose words are in base64. An iPad held upright, so
 * that places are what they seem: the form turns them where it is held across. */
#include "app/layout.h"
#include "app/layout_pack.h"

#include <stdlib.h>
#include <string.h>

static void
base64(text *t, const char *attribute, const char *words)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *b = (const unsigned char *)words;
	const size_t size = strlen(words);
	text_add(t, " %s=\"", attribute);
	for (size_t i = 0; i < size; i += 3) {
		const size_t left = size - i;
		const unsigned bits = (unsigned)b[i] << 16 | (left > 1 ? (unsigned)b[i + 1] << 8 : 0) |
				      (left > 2 ? b[i + 2] : 0);
		text_add(t, "%c%c%c%c", digits[bits >> 18], digits[bits >> 12 & 63],
			 left > 1 ? digits[bits >> 6 & 63] : '=', left > 2 ? digits[bits & 63] : '=');
	}
	text_add(t, "\"");
}

static void
write_control(text *t, const layout_control *c)
{
	text_add(t, "<control");
	base64(t, "name", c->name);
	text_add(t, " x=\"%d\" y=\"%d\" w=\"%d\" h=\"%d\" color=\"%s\"", c->at.x, c->at.y, c->at.w, c->at.h,
		 layout_colour_name(c->colour));
	if (c->kind != LAYOUT_LABEL) {
		text_add(t, " scalef=\"%g\" scalet=\"%g\"", (double)c->low, (double)c->high);
		base64(t, "osc_cs", c->path);
	}
	switch (c->kind) {
	case LAYOUT_LABEL:
		text_add(t, " type=\"labelh\"");
		base64(t, "text", c->text);
		text_add(t, " size=\"%d\" background=\"true\" outline=\"false\"", c->at.h >= 40 ? 16 : 12);
		break;
	case LAYOUT_BUTTON:
	case LAYOUT_PAD:
		text_add(t,
			 " type=\"push\" local_off=\"false\" sp=\"true\" sr=\"true\" velocity=\"%s\" "
			 "velocity_invert=\"false\"",
			 c->kind == LAYOUT_PAD ? "true" : "false");
		break;
	case LAYOUT_TOGGLE: text_add(t, " type=\"toggle\" local_off=\"false\""); break;
	case LAYOUT_FADER:
		text_add(t, " type=\"%s\" response=\"absolute\" inverted=\"false\" centered=\"%s\"",
			 c->across ? "faderh" : "faderv", c->low < 0.0f ? "true" : "false");
		break;
	case LAYOUT_XY: text_add(t, " type=\"xy\" inverted_x=\"false\" inverted_y=\"true\""); break;
	case LAYOUT_LIGHT: text_add(t, " type=\"led\""); break;
	}
	text_add(t, "></control>\n");
}

dr_status
layout_write_touchosc(const layout *l, char **data, size_t *size, dr_error *err)
{
	text t = {0};
	text_add(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<layout version=\"17\" mode=\"1\" orientation=\"horizontal\">\n");
	for (int i = 0; i < LAYOUT_PAGES; i++) {
		const layout_page *p = &l->page[i];
		text_add(&t, "<tabpage");
		base64(&t, "name", p->name);
		text_add(&t, " scalef=\"0.0\" scalet=\"1.0\"");
		base64(&t, "li_t", p->name);
		text_add(&t, " li_c=\"gray\" li_s=\"14\" li_o=\"false\" li_b=\"false\"");
		base64(&t, "la_t", p->name);
		text_add(&t, " la_c=\"gray\" la_s=\"14\" la_o=\"false\" la_b=\"false\">\n");
		for (int k = 0; k < p->n; k++)
			write_control(&t, &p->control[k]);
		text_add(&t, "</tabpage>\n");
	}
	text_add(&t, "</layout>\n");
	const dr_status status = pack_zip(&t, "index.xml", data, size, err);
	text_free(&t);
	return status;
}
