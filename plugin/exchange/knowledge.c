/* knowledge.c
 * What earlier messages of the capture said of updates and files.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "exchange.h"

#include <epan/to_str.h>

#include "core/findings.h"
#include "core/wusp.h"

/* Revision ids are numbers of one server. */
typedef struct {
    const char *server; /* as it is in the map of servers: the same one is the same pointer */
    union {
        uint64_t half[2];
        char text[2 * sizeof(uint64_t) + 1]; /* behind it there are zeros */
    } revision;
} update_key;

static wmem_map_t *servers; /* address -> itself */
static wmem_map_t *updates; /* update_key -> known_update */
static wmem_map_t *files;   /* digest or URL component -> known_file */

/* An answer of a scan has hundreds of them: as cheap as can be. */
static guint
hash_of_key(gconstpointer p)
{
    const update_key *key = (const update_key *)p;
    uint64_t h = (key->revision.half[0] ^ GPOINTER_TO_SIZE(key->server)) * UINT64_C(0x9E3779B97F4A7C15);

    h = (h ^ h >> 32 ^ key->revision.half[1]) * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (guint)(h >> 32);
}

static gboolean
same_key(gconstpointer a, gconstpointer b)
{
    const update_key *one = (const update_key *)a, *other = (const update_key *)b;

    return one->revision.half[0] == other->revision.half[0] && one->revision.half[1] == other->revision.half[1] &&
           one->server == other->server;
}

static void
begin_file(void)
{
    servers = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
    updates = wmem_map_new(wmem_file_scope(), hash_of_key, same_key);
    files = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
}

void
knowledge_register(void)
{
    register_init_routine(begin_file);
}

char *
exchange_digest(wmem_allocator_t *scope, wu_slice text)
{
    uint8_t bytes[64];
    size_t n;

    text = wu_slice_trim(text);
    n = text.n <= 88 ? wu_text_base64(text, bytes, sizeof bytes) : 0;
    if (n != 20 && n != 32 && n != 16 && n != 48 && n != 64)
        return NULL;
    char *hex = (char *)wmem_alloc(scope, n * 2 + 1);
    for (size_t i = 0; i < n; i++) {
        hex[i * 2] = "0123456789ABCDEF"[bytes[i] >> 4];
        hex[i * 2 + 1] = "0123456789ABCDEF"[bytes[i] & 15];
    }
    hex[n * 2] = '\0';
    return hex;
}

static known_file *
file_of(const packet_info *pinfo, const char *key)
{
    known_file *file = (known_file *)wmem_map_lookup(files, key);

    if (!file) {
        file = wmem_new0(wmem_file_scope(), known_file);
        file->frame = pinfo->num;
        wmem_map_insert(files, wmem_strdup(wmem_file_scope(), key), file);
    }
    return file;
}

static const char *
keep_text(const http_message *m, const wu_item *item)
{
    wu_part part = { .text = item->text, .form = (enum wu_text_form)item->form };
    return message_text(wmem_file_scope(), m->message, &part, 512);
}

typedef struct {
    packet_info *pinfo;
    const http_message *m;
    known_update *update; /* the one whose group is being read */
    known_file *file;
    const char *server;   /* that sends the message, NULL: not asked for yet */
} learning;

static const char *
server_of(const packet_info *pinfo)
{
    const char *address = address_to_str(pinfo->pool, &pinfo->src);
    const char *server = (const char *)wmem_map_lookup(servers, address);

    if (!server) {
        server = wmem_strdup(wmem_file_scope(), address);
        wmem_map_insert(servers, server, (void *)server);
    }
    return server;
}

static known_update *
update_of(learning *l, wu_slice revision)
{
    update_key key = { .revision = { .text = "" } };

    if (!l->server)
        l->server = server_of(l->pinfo);
    key.server = l->server;
    if (revision.n)
        memcpy(key.revision.text, revision.p, MIN(revision.n, sizeof key.revision.half));
    known_update *u = (known_update *)wmem_map_lookup(updates, &key);
    if (!u) {
        u = wmem_new0(wmem_file_scope(), known_update);
        u->frame = l->pinfo->num;
        wmem_map_insert(updates, wmem_memdup(wmem_file_scope(), &key, sizeof key), u);
    }
    return u;
}

static void
learn_item(learning *l, const wu_item *item)
{
    const http_message *m = l->m;

    switch (item->field) {
    case WU_F_UPDATE:
    case WU_F_FILE_LOCATION_COUNT:
        l->update = NULL;
        l->file = NULL;
        break;
    case WU_F_UPDATE_REVISION_ID:
        l->update = update_of(l, item->text);
        break;
    case WU_F_UPDATE_ID:
        if (l->update && !l->update->update_id)
            l->update->update_id = keep_text(m, item);
        break;
    case WU_F_UPDATE_TITLE:
        if (l->update && !l->update->title) {
            l->update->title = keep_text(m, item);
            l->update->title_frame = l->pinfo->num;
        }
        break;
    case WU_F_UPDATE_KB:
        if (l->update && !l->update->kb)
            l->update->kb = keep_text(m, item);
        break;
    case WU_F_FILE:
        l->file = NULL;
        break;
    case WU_F_FILE_DIGEST: {
        const char *digest = exchange_digest(l->pinfo->pool, item->text);
        l->file = digest ? file_of(l->pinfo, digest) : NULL;
        if (l->file && l->update && !l->file->update)
            l->file->update = l->update;
        break;
    }
    case WU_F_FILE_NAME:
        if (l->file && !l->file->name)
            l->file->name = keep_text(m, item);
        break;
    case WU_F_FILE_URL:
    case WU_F_DSS_MU_URL:
        if (l->file) { /* the same file by the last component of its URL */
            wu_slice name = wu_content_name(item->text);
            if (name.n && name.n < 256)
                wmem_map_insert(files, wmem_strndup(wmem_file_scope(), (const char *)name.p, name.n), l->file);
        }
        break;
    default:
        break;
    }
}

/* Which program is run says more than its arguments, which stand in front of it. */
static bool
says_more(unsigned known, const wu_finding *finding)
{
    return !known || (known == WU_FINDING_ARGUMENTS && finding->kind == WU_FINDING_PROGRAM);
}

/* Warnings on what is being read go with the file and its update, to be said again at the download. */
static void
learn_finding(learning *l, const wu_finding *finding)
{
    if (!wu_finding_is_warning(finding->kind))
        return;
    if (l->file && says_more(l->file->finding, finding))
        l->file->finding = finding->kind;
    else if (l->update && says_more(l->update->finding, finding))
        l->update->finding = finding->kind;
}

void
exchange_learn(packet_info *pinfo, const wsus_exchange *x, const http_message *m)
{
    learning l = { .pinfo = pinfo, .m = m };
    wu_finding_context context = { .secure = m->secure };
    wu_finding found[WU_MAX_FINDINGS];
    size_t at = 0, n = 0;

    if (x->host)
        context.host = wu_slice_text(x->host);
    if (wu_may_warn(m->message))
        n = wu_find_findings(m->message, &context, found, WU_MAX_FINDINGS);
    bool updates_or_files = wu_message_has(m->message, WU_F_UPDATE_REVISION_ID) || wu_message_has(m->message, WU_F_FILE_DIGEST);
    guint items = updates_or_files ? m->message->items->len : 0;
    for (guint i = 0; i < items; i++) {
        learn_item(&l, &g_array_index(m->message->items, wu_item, i));
        for (; at < n && found[at].item == i; at++)
            learn_finding(&l, &found[at]);
    }
}

typedef struct {
    update_function *take;
    void *user;
} update_taker;

static void
take_update(void *p, void *value, void *user)
{
    const update_key *key = (const update_key *)p;
    const update_taker *taker = (const update_taker *)user;

    taker->take(key->server, key->revision.text, (const known_update *)value, taker->user);
}

void
exchange_each_update(update_function *take, void *user)
{
    update_taker taker = { take, user };

    if (updates)
        wmem_map_foreach(updates, take_update, &taker);
}

const known_file *
exchange_file(const packet_info *pinfo, const char *key)
{
    const known_file *file = (const known_file *)wmem_map_lookup(files, key);
    return file && file->frame < pinfo->num ? file : NULL;
}

const known_file *
exchange_file_of(packet_info *pinfo, const wsus_exchange *x)
{
    if (!x || !x->target)
        return NULL;
    if (x->digest)
        return exchange_file(pinfo, x->digest);
    wu_slice name = wu_content_name(wu_slice_text(x->target));
    return name.n ? exchange_file(pinfo, wmem_strndup(pinfo->pool, (const char *)name.p, name.n)) : NULL;
}
