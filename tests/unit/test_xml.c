/* test_xml.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <time.h>

#include "events_text.h"

#define CHECK_XML(text, expected, remarks)        CHECK_EVENTS(0, BYTES(text), expected, remarks)
#define CHECK_XML_PLACES(text, expected, remarks) CHECK_EVENTS(WITH_PLACES, BYTES(text), expected, remarks)

/* ---- well formed ---- */

static void
reads_elements(void)
{
    CHECK_XML("<a/>", "(a )a .", 0);
    CHECK_XML("<a></a>", "(a )a .", 0);
    CHECK_XML("<a><b/><c></c></a>", "(a (b )b (c )c )a .", 0);
    CHECK_XML("<s:a><s:b/></s:a>", "(s:a (s:b )s:b )s:a .", 0);
    CHECK_XML("<a ></a >", "(a )a .", 0);
    CHECK_XML("<a\t\r\n/>", "(a )a .", 0);
    CHECK_XML("<a.b-c_d/>", "(a.b-c_d )a.b-c_d .", 0);
    CHECK_XML("<a/><b/>", "(a )a (b )b .", 0);
    CHECK_XML("<\xC3\xA9/>", "(\xC3\xA9 )\xC3\xA9 .", 0);
}

static void
reads_text(void)
{
    CHECK_XML("<a>x</a>", "(a \"x\" )a .", 0);
    CHECK_XML("<a> x&lt;y&#65; </a>", "(a \" x&lt;y&#65; \" )a .", 0);
    CHECK_XML("<a>x<b>y</b>z</a>", "(a \"x\" (b \"y\" )b \"z\" )a .", 0);
    CHECK_XML("<a>></a>", "(a \">\" )a .", 0);
    CHECK_XML("<a>x\n</a>", "(a \"x\n\" )a .", 0);
}

static void
reads_attributes(void)
{
    CHECK_XML("<a b=\"1\"/>", "(a @b=1 )a .", 0);
    CHECK_XML("<a b='1' c=\"2\">x</a>", "(a @b=1 @c=2 \"x\" )a .", 0);
    CHECK_XML("<a b = '1'\n\tc= \"2\" />", "(a @b=1 @c=2 )a .", 0);
    CHECK_XML("<a b='\"' c=\"'\"/>", "(a @b=\" @c=' )a .", 0);
    CHECK_XML("<a b=''/>", "(a @b= )a .", 0);
    CHECK_XML("<a x:b='1'/>", "(a @x:b=1 )a .", 0);
    CHECK_XML("<a b='&quot;&#65;'/>", "(a @b=&quot;&#65; )a .", 0);
    CHECK_XML("<a b='x>y' c='/>'/>", "(a @b=x>y @c=/> )a .", 0);
    CHECK_XML("<a b='1'><c d='2'/></a>", "(a @b=1 (c @d=2 )c )a .", 0);
    CHECK_XML("<a b='1\n2'/>", "(a @b=1\n2 )a .", 0);
}

static void
reads_cdata(void)
{
    CHECK_XML("<a><![CDATA[x<y>&lt;]]></a>", "(a 'x<y>&lt;' )a .", 0);
    CHECK_XML("<a>1<![CDATA[2]]>3<![CDATA[4]]></a>", "(a \"1\" '2' \"3\" '4' )a .", 0);
    CHECK_XML("<a><![CDATA[x]]]]><![CDATA[>y]]></a>", "(a 'x]]' '>y' )a .", 0);
    CHECK_XML("<a><![CDATA[]]></a>", "(a '' )a .", 0);
    CHECK_XML("<a><![CDATA[</a>]]></a>", "(a '</a>' )a .", 0);
}

static void
skips_comments(void)
{
    CHECK_XML("<!-- <x> --><a>1<!-- </a> -->2<!----></a>", "(a \"1\" \"2\" )a .", 0);
    CHECK_XML("<a><!-- - -- > --></a>", "(a )a .", 0);
    CHECK_XML("<!--x--><a/><!--y-->", "(a )a .", 0);
}

static void
skips_processing_instructions(void)
{
    CHECK_XML("<?xml version=\"1.0\"?><a><?php echo '<x>'; ?></a><?y?>", "(a )a .", 0);
}

static void
skips_document_types(void)
{
    CHECK_XML("<!DOCTYPE a><a/>", "(a )a .", 0);
    CHECK_XML("<!DOCTYPE a SYSTEM \"a.dtd\"><a/>", "(a )a .", 0);
    CHECK_XML("<!DOCTYPE a [ <!ELEMENT a ANY> <!ENTITY b \"c>d\"> ]><a>&b;</a>", "(a \"&b;\" )a .", 0);
    CHECK_XML("<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;&l;\">]><a>&m;&m;</a>", "(a \"&m;&m;\" )a .", 0);
}

/* Quoted brackets and ends of tags do not end a document type. */
static void
skips_quotes_in_document_types(void)
{
    CHECK_XML("<!DOCTYPE a [<!ENTITY b \"]>\">]><a/>", "(a )a .", 0);
    CHECK_XML("<!DOCTYPE a SYSTEM \"x>y\"><a/>", "(a )a .", 0);
}

static void
skips_the_byte_order_mark(void)
{
    CHECK_XML_PLACES("\xEF\xBB\xBF<a/>", "(a[3+4] )a[3+4] .[7+0]", 0);
    CHECK_XML_PLACES("\xEF\xBB\xBF", ".[3+0]", 0);
    CHECK_XML("<a>\xEF\xBB\xBF</a>", "(a \"\xEF\xBB\xBF\" )a .", 0);
}

static void
reads_nothing(void)
{
    CHECK_EVENTS(WITH_PLACES, ((wu_slice){ NULL, 0 }), ".[0+0]", 0);
    CHECK_XML("", ".", 0);
    CHECK_XML(" \r\n", "\" \r\n\" .", 0);
}

/* ---- places ---- */

static void
events_know_their_places(void)
{
    CHECK_XML_PLACES("<a b='1' c=\"2\">x<d/><![CDATA[y]]></a>",
                     "(a[0+15] @b=1[3+5] @c=2[9+5] \"x\"[15+1] (d[16+4] )d[16+4] 'y'[20+13] )a[33+4] .[37+0]", 0);
    CHECK_XML_PLACES("<?xml version='1.0'?>\n<a ><!-- c -->t</a >\n",
                     "\"\n\"[21+1] (a[22+4] \"t\"[36+1] )a[37+5] \"\n\"[42+1] .[43+0]", 0);
    CHECK_XML_PLACES("<a xmlns='u' b='1'/>", "(a[0+20] @b=1[13+5] )a[0+20] .[20+0]", 0);
}

static void
events_know_their_places_in_broken_texts(void)
{
    CHECK_XML_PLACES("<a><b><c></a>x", "(a[0+3] (b[3+3] (c[6+3] )c[9+4] )b[9+4] )a[9+4] \"x\"[13+1] .[14+0]",
                     WU_XML_MALFORMED);
    CHECK_XML_PLACES("<a <b/>", "(a[0+3] (b[3+4] )b[3+4] .[7+0]", WU_XML_MALFORMED | WU_XML_TRUNCATED);
    CHECK_XML_PLACES("<a><![CDATA[xy", "(a[0+3] 'xy'[3+11] .[14+0]", WU_XML_TRUNCATED);
}

/* ---- namespaces ---- */

/* The namespaces of the elements of a text, in order. */
static char *
namespaces_text(const char *text)
{
    GString *out = g_string_new(NULL);
    wu_xml_reader reader;
    wu_event event;

    wu_xml_start(&reader, wu_slice_text(text));
    for (wu_xml_next(&reader, &event); event.type != WU_EVENT_DONE; wu_xml_next(&reader, &event)) {
        wu_slice uri = wu_scope_namespace(&reader.scope, event.prefix);
        if (event.type == WU_EVENT_START)
            g_string_append_printf(out, "%.*s;", (int)uri.n, uri.n ? (const char *)uri.p : "");
    }
    return g_string_free(out, FALSE);
}

static void
check_namespaces(const char *text, const char *expected)
{
    char *got = namespaces_text(text);

    CHECK_TEXT(got, expected);
    g_free(got);
}

static void
resolves_namespaces(void)
{
    check_namespaces("<a xmlns='u'/>", "u;");
    check_namespaces("<a/>", ";");
    check_namespaces("<p:a xmlns:p='u'><p:b/><b/></p:a>", "u;u;;");
    check_namespaces("<a xmlns='u'><b/><p:c/></a>", "u;u;;");
    check_namespaces("<a xmlns=\"u\" xmlns:p=\"v\"><p:b/><b/></a>", "u;v;u;");
    check_namespaces("<p:a xmlns:pp='u' xmlns:p='v'/>", "v;");
}

static void
shadows_namespaces(void)
{
    check_namespaces("<a xmlns='u'><b xmlns='v'><c/></b><d/></a>", "u;v;v;u;");
    check_namespaces("<p:a xmlns:p='u'><p:b xmlns:p='v'/><p:c/></p:a>", "u;v;u;");
    check_namespaces("<a xmlns='u'><b xmlns=''><c/></b><d/></a>", "u;;;u;");
    check_namespaces("<a xmlns:p='u'/><p:b/>", ";;");
    check_namespaces("<a><b xmlns='v'></a><c/>", ";v;;");
}

static void
bindings_are_limited(void)
{
    GString *text = g_string_new("<a");
    unsigned remarks;

    for (unsigned i = 0; i < WU_XML_MAX_NAMESPACES; i++)
        g_string_append_printf(text, " xmlns:p%u='u%u'", i, i);
    g_string_append(text, "><p127:b/></a>");
    char *events = events_text(wu_slice_of(text->str, text->len), 0, &remarks);
    CHECK_TEXT(events, "(a (p127:b )p127:b )a .");
    CHECK_EQ(remarks, 0);
    g_free(events);
    check_namespaces(text->str, ";u127;");

    g_string_insert(text, 2, " xmlns:q='v'");
    g_free(events_text(wu_slice_of(text->str, text->len), 0, &remarks));
    CHECK_EQ(remarks, WU_XML_NAMESPACES);
    check_namespaces(text->str, ";;"); /* p127 was one too many */
    g_string_free(text, TRUE);
}

/* Bindings of elements that ended make room for others. */
static void
bindings_end_with_their_elements(void)
{
    GString *text = g_string_new("<a>");
    unsigned remarks;

    for (unsigned i = 0; i < 4 * WU_XML_MAX_NAMESPACES; i++)
        g_string_append_printf(text, "<p:b xmlns:p='u%u'/>", i);
    g_string_append(text, "</a>");
    g_free(events_text(wu_slice_of(text->str, text->len), 0, &remarks));
    CHECK_EQ(remarks, 0);
    g_string_free(text, TRUE);
}

/* ---- broken ---- */

static void
reads_unclosed_elements(void)
{
    CHECK_XML("<a>", "(a .", WU_XML_TRUNCATED);
    CHECK_XML("<a><b>x", "(a (b \"x\" .", WU_XML_TRUNCATED);
    CHECK_XML("<a><b></b>", "(a (b )b .", WU_XML_TRUNCATED);
}

static void
reads_mismatched_elements(void)
{
    CHECK_XML("<a><b></a>", "(a (b )b )a .", WU_XML_MALFORMED);
    CHECK_XML("<a><b></a></b>", "(a (b )b )a .", WU_XML_MALFORMED);
    CHECK_XML("<a></b></a>", "(a )a .", WU_XML_MALFORMED);
    CHECK_XML("</a>", ".", WU_XML_MALFORMED);
    CHECK_XML("<a/></a><b/>", "(a )a (b )b .", WU_XML_MALFORMED);
    CHECK_XML("<p:a></a></p:a>", "(p:a )p:a .", WU_XML_MALFORMED);
    CHECK_XML("<a></A></a>", "(a )a .", WU_XML_MALFORMED);
    CHECK_XML("<a><a></a></a>", "(a (a )a )a .", 0);
    CHECK_XML("<a></></a>", "(a )a .", WU_XML_MALFORMED);
}

static void
reads_stray_markup(void)
{
    CHECK_XML("<a>1 < 2</a>", "(a \"1 \" \" 2\" )a .", WU_XML_MALFORMED);
    CHECK_XML("<a><<b/></a>", "(a (b )b )a .", WU_XML_MALFORMED);
    CHECK_XML("<a><></a>", "(a \">\" )a .", WU_XML_MALFORMED);
    CHECK_XML("<a></a x>", "(a )a \"x>\" .", WU_XML_MALFORMED);
    CHECK_XML("<a>]]></a>", "(a \"]]>\" )a .", 0);
}

static void
reads_broken_attributes(void)
{
    CHECK_XML("<a b>x</a>", "(a \"x\" )a .", WU_XML_MALFORMED);
    CHECK_XML("<a b=1>x</a>", "(a \"x\" )a .", WU_XML_MALFORMED);
    CHECK_XML("<a b c='1'>x</a>", "(a @c=1 \"x\" )a .", WU_XML_MALFORMED);
    CHECK_XML("<a ='1' c='2'/>", "(a @c=2 )a .", WU_XML_MALFORMED);
    CHECK_XML("<a \"1\" c='2'/>", "(a @c=2 )a .", WU_XML_MALFORMED);
    CHECK_XML("<a b='1'c='2'/>", "(a @b=1 @c=2 )a .", 0);
    CHECK_XML("<a b='1' b='2'/>", "(a @b=1 @b=2 )a .", 0);
    CHECK_XML("<a b='1><c/></a>", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a b=><c/></a>", "(a (c )c )a .", WU_XML_MALFORMED);
}

static void
reads_what_is_cut_off(void)
{
    CHECK_XML("<", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a ", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a/", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a>x</", "(a \"x\" .", WU_XML_TRUNCATED);
    CHECK_XML("<a>x</a", "(a \"x\" .", WU_XML_TRUNCATED);
    CHECK_XML("<a><!-- x", "(a .", WU_XML_TRUNCATED);
    CHECK_XML("<a><!-- x --", "(a .", WU_XML_TRUNCATED);
    CHECK_XML("<a><?x ?", "(a .", WU_XML_TRUNCATED);
    CHECK_XML("<a><!DOC", "(a .", WU_XML_TRUNCATED);
    CHECK_XML("<a><![CDATA[x]]", "(a 'x]]' .", WU_XML_TRUNCATED);
    CHECK_XML("<a/><!--", "(a )a .", WU_XML_TRUNCATED);
    CHECK_XML("<a/><", "(a )a .", WU_XML_TRUNCATED);
    CHECK_XML("<a/><?xml encoding='x", "(a )a .", WU_XML_TRUNCATED);
}

/* Where the document ends inside a tag, nothing says that the tag is wrong. */
static void
cuts_are_not_malformed(void)
{
    CHECK_XML("<a b", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a b=", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a b='1", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a b='1'", ".", WU_XML_TRUNCATED);
    CHECK_XML("<a b='1' c", ".", WU_XML_TRUNCATED);
}

static void
remarks_on_nul(void)
{
    CHECK_XML("<a>x\0y</a>", "(a \"x\\0y\" )a .", WU_XML_NUL);
    CHECK_XML("<a b='\0'/>\0", "(a @b=\\0 )a \"\\0\" .", WU_XML_NUL);
    CHECK_XML("<a>\\0</a>", "(a \"\\0\" )a .", 0);
}

static void
attributes_are_limited(void)
{
    GString *text = g_string_new("<a"), *expected = g_string_new("(a");
    unsigned remarks;

    for (unsigned i = 0; i < WU_XML_MAX_ATTRIBUTES; i++) {
        g_string_append_printf(text, " b%u='%u'", i, i);
        g_string_append_printf(expected, " @b%u=%u", i, i);
    }
    g_string_append(expected, " )a .");
    g_string_append(text, "/>");
    char *events = events_text(wu_slice_of(text->str, text->len), 0, &remarks);
    CHECK_TEXT(events, expected->str);
    CHECK_EQ(remarks, 0);
    g_free(events);

    g_string_insert(text, (gssize)text->len - 2, " more='x'");
    events = events_text(wu_slice_of(text->str, text->len), 0, &remarks);
    CHECK_TEXT(events, expected->str);
    CHECK_EQ(remarks, WU_XML_ATTRIBUTES);
    g_free(events);
    g_string_free(text, TRUE);
    g_string_free(expected, TRUE);
}

/* ---- depth ---- */

static void
count_nested(unsigned levels, unsigned *starts, unsigned *ends, unsigned *others, unsigned *remarks)
{
    GString *text = g_string_new(NULL);
    wu_xml_reader reader;
    wu_event event;

    for (unsigned i = 0; i < levels; i++)
        g_string_append(text, "<a b='1'>");
    g_string_append(text, "deep");
    for (unsigned i = 0; i < levels; i++)
        g_string_append(text, "</a>");
    *starts = *ends = *others = 0;
    wu_xml_start(&reader, wu_slice_of(text->str, text->len));
    for (wu_xml_next(&reader, &event); event.type != WU_EVENT_DONE; wu_xml_next(&reader, &event)) {
        CHECK(event.depth >= 1 && event.depth <= WU_XML_MAX_DEPTH);
        *(event.type == WU_EVENT_START ? starts : event.type == WU_EVENT_END ? ends : others) += 1;
    }
    *remarks = reader.scope.remarks;
    CHECK_EQ(reader.scope.depth, 0);
    g_string_free(text, TRUE);
}

static void
depth_is_limited(void)
{
    unsigned starts, ends, others, remarks;

    count_nested(WU_XML_MAX_DEPTH, &starts, &ends, &others, &remarks);
    CHECK_EQ(starts, 256);
    CHECK_EQ(ends, 256);
    CHECK_EQ(others, 257); /* attributes and the text */
    CHECK_EQ(remarks, 0);
    count_nested(WU_XML_MAX_DEPTH + 1, &starts, &ends, &others, &remarks);
    CHECK_EQ(starts, 256);
    CHECK_EQ(ends, 256);
    CHECK_EQ(others, 256);
    CHECK_EQ(remarks, WU_XML_TOO_DEEP);
    count_nested(10000, &starts, &ends, &others, &remarks);
    CHECK_EQ(starts, 256);
    CHECK_EQ(ends, 256);
    CHECK_EQ(others, 256);
    CHECK_EQ(remarks, WU_XML_TOO_DEEP);
}

static void
events_go_on_behind_the_deep(void)
{
    GString *text = g_string_new("<r>");
    unsigned remarks;

    for (unsigned i = 0; i < 300; i++)
        g_string_append(text, "<a>");
    for (unsigned i = 0; i < 300; i++)
        g_string_append(text, "</a>");
    g_string_append(text, "<b>x</b></r>");
    char *events = events_text(wu_slice_of(text->str, text->len), 0, &remarks);
    CHECK(g_str_has_suffix(events, " )a (b \"x\" )b )r ."));
    CHECK_EQ(remarks, WU_XML_TOO_DEEP);
    g_free(events);
    g_string_free(text, TRUE);
}

/* Of leaves that are too deep nothing is told, however they are written; texts beside them, and what comes behind, is. */
static void
leaves_that_are_too_deep_are_left_out(void)
{
    static const char *const leaves[] = { "<b>1</b>", "<p:b>1</p:b>", "<b></b>", "<b/>", "<b c='1'>1</b>", "<b>1</b >", "<b><c>1</c></b>",
                                          "<b>1</b><c>2</c>" };

    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        for (unsigned above = 0; above < 2; above++) {
            GString *text = g_string_new(NULL);
            unsigned remarks, levels = WU_XML_MAX_DEPTH - above;
            for (unsigned k = 0; k < levels; k++)
                g_string_append(text, "<a>");
            g_string_append_printf(text, "t%su", leaves[i]);
            for (unsigned k = 0; k < levels; k++)
                g_string_append(text, "</a>");
            char *events = events_text(wu_slice_of(text->str, text->len), 0, &remarks);
            CHECK_EQ(strstr(events, "\"t\" \"u\" )a )a") != NULL, !above);
            CHECK_EQ(strstr(events, "b") == NULL, !above);
            CHECK_EQ(remarks, above && !strstr(leaves[i], "<c>1") ? 0 : WU_XML_TOO_DEEP);
            g_free(events);
            g_string_free(text, TRUE);
        }
}

/* ---- every cut ---- */

static const char sample[] =
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!DOCTYPE e [<!ENTITY x \"y\">]>\r\n"
    "<s:e xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" a='1' b=\"&quot;>\"><!-- c --><s:Body>t&amp;u"
    "<![CDATA[<raw>]]><?pi x?><empty/><x y = 'z' ></x ></s:Body></s:e>\r\n";

static void
check_cut(size_t n, const char *whole)
{
    unsigned remarks;
    char *events = events_text(wu_slice_of(sample, n), 0, &remarks);
    size_t length = strlen(events);

    if (strchr(events, '!') || strncmp(events + length - 1, ".", 1)) {
        printf("cut at %zu: %s\n", n, events);
        unit_failures++;
    }
    size_t same = 0;
    while (same < length && events[same] == whole[same])
        same++;
    CHECK(same + strlen("]]' .") >= length); /* the text that is cut may differ at its end */
    g_free(events);
}

static void
reads_a_sample_cut_at_every_byte(void)
{
    unsigned remarks;
    char *whole = events_text(BYTES(sample), 0, &remarks);

    CHECK_TEXT(whole,
               "\"\r\n\" \"\r\n\" (s:e @a=1 @b=&quot;> (s:Body \"t&amp;u\" '<raw>' (empty )empty (x @y=z )x )s:Body "
               ")s:e \"\r\n\" .");
    CHECK_EQ(remarks, 0);
    for (size_t n = 0; n < sizeof sample - 1; n++)
        check_cut(n, whole);
    g_free(whole);
}

/* ---- work ---- */

static double
seconds_for(const GString *text)
{
    static wu_xml_reader reader;
    wu_event event;
    clock_t start = clock();

    wu_xml_start(&reader, wu_slice_of(text->str, text->len));
    do
        wu_xml_next(&reader, &event);
    while (event.type != WU_EVENT_DONE);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void
work_is_linear(void)
{
    static const char *const parts[] = { "<",   "<a>", "</a>", "<a ",     "<a/>", "<!", "<!--",      "<![CDATA[",
                                         "<?",  "</",  "a='",  "=",       "'",    "\"", "<a b='1' ", "<a xmlns:b='c'>",
                                         "]]>", "&",   "x",    "<x></y>", "[",    "/" };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        GString *text = g_string_new("<a><b c=");
        while (text->len < 1024 * 1024)
            g_string_append(text, parts[i]);
        double seconds = seconds_for(text);
        if (seconds > 4)
            printf("%g s for %s\n", seconds, parts[i]);
        CHECK(seconds <= 4);
        g_string_free(text, TRUE);
    }
}

const unit_case unit_xml_cases[] = {
    { "xml: reads elements", reads_elements },
    { "xml: reads text", reads_text },
    { "xml: reads attributes", reads_attributes },
    { "xml: reads CDATA", reads_cdata },
    { "xml: skips comments", skips_comments },
    { "xml: skips processing instructions", skips_processing_instructions },
    { "xml: skips document types", skips_document_types },
    { "xml: skips quotes in document types", skips_quotes_in_document_types },
    { "xml: skips the byte order mark", skips_the_byte_order_mark },
    { "xml: reads nothing", reads_nothing },
    { "xml: events know their places", events_know_their_places },
    { "xml: events know their places in broken texts", events_know_their_places_in_broken_texts },
    { "xml: resolves namespaces", resolves_namespaces },
    { "xml: shadows namespaces", shadows_namespaces },
    { "xml: bindings are limited", bindings_are_limited },
    { "xml: bindings end with their elements", bindings_end_with_their_elements },
    { "xml: reads unclosed elements", reads_unclosed_elements },
    { "xml: reads mismatched elements", reads_mismatched_elements },
    { "xml: reads stray markup", reads_stray_markup },
    { "xml: reads broken attributes", reads_broken_attributes },
    { "xml: reads what is cut off", reads_what_is_cut_off },
    { "xml: cuts are not malformed", cuts_are_not_malformed },
    { "xml: remarks on NUL", remarks_on_nul },
    { "xml: attributes are limited", attributes_are_limited },
    { "xml: depth is limited", depth_is_limited },
    { "xml: events go on behind the deep", events_go_on_behind_the_deep },
    { "xml: leaves that are too deep are left out", leaves_that_are_too_deep_are_left_out },
    { "xml: reads a sample cut at every byte", reads_a_sample_cut_at_every_byte },
    { "xml: work is linear", work_is_linear },
    { NULL, NULL }
};
