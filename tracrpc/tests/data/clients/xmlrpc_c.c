// Copyright (C) 2026 the TracXMLRPC developers
// All rights reserved.
//
// This software is licensed as described in the file LICENSE, which
// you should have received as part of this distribution.

// The client library of xmlrpc-c (Debian no longer has its command xmlrpc).
// It refuses to send Unicode beyond 16 bit.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/client.h>
#include <xmlrpc-c/json.h>

static xmlrpc_env env;
static xmlrpc_client *trac;
static xmlrpc_server_info *server;
static xmlrpc_value *result;

static void check(void) {
    if (env.fault_occurred) {
        fprintf(stderr, "%d %s\n", env.fault_code, env.fault_string);
        exit(1);
    }
}

static xmlrpc_value *call(const char *name, xmlrpc_value *params) {
    xmlrpc_value *answer;
    check();
    xmlrpc_client_call2(&env, trac, server, name, params, &answer);
    return answer;
}

static void keep(const char *key, xmlrpc_value *value) {
    check();
    xmlrpc_struct_set_value(&env, result, key, value);
}

#define LIST(...) xmlrpc_build_value(&env, __VA_ARGS__)

static xmlrpc_value *text_of_date(time_t date) {
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime(&date));
    return xmlrpc_string_new(&env, text);
}

static xmlrpc_value *hex(xmlrpc_value *data) {
    size_t length;
    const unsigned char *bytes;
    xmlrpc_read_base64(&env, data, &length, &bytes);
    check();
    char text[2 * length + 1];
    for (size_t i = 0; i < length; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    return xmlrpc_string_new_lp(&env, 2 * length, text);
}

// The fault of the last call, which is then forgotten.
static xmlrpc_value *fault(void) {
    static const char added[] = "RPC failed at server.  ";
    xmlrpc_env of_call = env;
    xmlrpc_env_init(&env);
    if (strncmp(of_call.fault_string, added, strlen(added)) != 0)
        xmlrpc_env_set_fault(&env, 1, "no fault of the server");
    check();
    return LIST("(is)", of_call.fault_code,
                of_call.fault_string + strlen(added));
}

static xmlrpc_value *answer_of(xmlrpc_value *element) {
    xmlrpc_value *code, *text, *value;
    if (xmlrpc_value_type(element) == XMLRPC_TYPE_STRUCT) {
        xmlrpc_struct_read_value(&env, element, "faultCode", &code);
        xmlrpc_struct_read_value(&env, element, "faultString", &text);
        return LIST("(VV)", code, text);
    }
    xmlrpc_array_read_item(&env, element, 0, &value);
    return value;
}

static void scenario(void) {
    int id;
    time_t created;
    unsigned char bytes[256];
    xmlrpc_value *ticket, *attributes, *date, *summary, *stamp, *changed,
        *answers, *element, *kept;

    keep("version", call("system.getAPIVersion", LIST("()")));

    ticket = call("ticket.create", LIST("(ss{s:s})", "é €  <&>",
                                        "A description", "keywords", "new"));
    keep("id", ticket);
    xmlrpc_read_int(&env, ticket, &id);
    ticket = call("ticket.get", LIST("(i)", id));
    xmlrpc_array_read_item(&env, ticket, 1, &date);
    xmlrpc_array_read_item(&env, ticket, 3, &attributes);
    xmlrpc_read_datetime_sec(&env, date, &created);
    keep("created", text_of_date(created));
    xmlrpc_struct_read_value(&env, attributes, "summary", &summary);
    xmlrpc_struct_read_value(&env, attributes, "_ts", &stamp);
    keep("summary", summary);
    ticket = call("ticket.update", LIST(
        "(is{s:s,s:V})", id, "A comment", "keywords", "changed",
        "_ts", stamp));
    xmlrpc_array_read_item(&env, ticket, 3, &attributes);
    xmlrpc_struct_read_value(&env, attributes, "keywords", &changed);
    keep("changed", changed);

    for (int i = 0; i < 256; i++)
        bytes[i] = i;
    call("ticket.putAttachment", LIST("(iss6)", id, "bytes.bin", "", bytes,
                                      sizeof bytes));
    keep("attachment", hex(call("ticket.getAttachment",
                                LIST("(is)", id, "bytes.bin"))));
    keep("recent", call("ticket.getRecentChanges", LIST("(t)", created)));
    keep("later", call("ticket.getRecentChanges",
                       LIST("(t)", created + 3600)));
    keep("null", call("wiki.getPage", LIST("(sn)", "ForClients")));
    call("ticket.get", LIST("(i)", 999999));
    keep("fault", fault());

    answers = call("system.multicall", LIST(
        "(({s:s,s:()}{s:s,s:(i)}{s:s,s:(s)}))",
        "methodName", "system.getAPIVersion", "params",
        "methodName", "ticket.get", "params", 999999,
        "methodName", "wiki.getPage", "params", "ForClients"));
    check();
    kept = xmlrpc_array_new(&env);
    for (int i = 0; i < xmlrpc_array_size(&env, answers); i++) {
        xmlrpc_array_read_item(&env, answers, i, &element);
        xmlrpc_array_append_item(&env, kept, answer_of(element));
    }
    keep("multicall", kept);
}

int main(void) {
    char url[256];
    xmlrpc_mem_block *json;

    snprintf(url, sizeof url, "http://%s/login/rpc", getenv("TRAC_HOST"));
    xmlrpc_env_init(&env);
    xmlrpc_client_setup_global_const(&env);
    xmlrpc_client_create(&env, XMLRPC_CLIENT_NO_FLAGS, "xmlrpc_c", "1", NULL,
                         0, &trac);
    server = xmlrpc_server_info_new(&env, url);
    xmlrpc_server_info_set_user(&env, server, getenv("TRAC_USER"),
                                getenv("TRAC_PASSWORD"));
    xmlrpc_server_info_allow_auth_basic(&env, server);
    result = xmlrpc_struct_new(&env);
    scenario();

    json = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
    xmlrpc_serialize_json(&env, result, json);
    check();
    fwrite(XMLRPC_MEMBLOCK_CONTENTS(char, json), 1,
           XMLRPC_MEMBLOCK_SIZE(char, json), stdout);
    return 0;
}
