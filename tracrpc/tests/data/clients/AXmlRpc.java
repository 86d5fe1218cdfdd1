// Copyright (C) 2026 the TracXMLRPC developers
// All rights reserved.
//
// This software is licensed as described in the file LICENSE, which
// you should have received as part of this distribution.

// aXMLRPC for Java and Android.

import de.timroes.axmlrpc.XMLRPCClient;
import de.timroes.axmlrpc.XMLRPCServerException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;

class AXmlRpc {

    static Object[] array(Object value) {
        return (Object[]) value;
    }

    static Map<?, ?> struct(Object value) {
        return (Map<?, ?>) value;
    }

    static Object fault(Object fault) {
        return new Object[] {struct(fault).get("faultCode"),
                             struct(fault).get("faultString")};
    }

    static Map<String, Object> element(String name, Object... params) {
        return Map.of("methodName", name, "params", params);
    }

    public static void main(String[] args) throws Exception {
        // it reads and writes dates as local time
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Map<String, String> env = System.getenv();
        URL url = new URL("http://" + env.get("TRAC_HOST") + "/login/rpc");
        XMLRPCClient trac = new XMLRPCClient(url, XMLRPCClient.FLAGS_NIL);
        trac.setLoginData(env.get("TRAC_USER"), env.get("TRAC_PASSWORD"));
        trac.setTimeout(30);

        Map<String, Object> result = new LinkedHashMap<>();
        result.put("version", trac.call("system.getAPIVersion"));

        Object id = trac.call("ticket.create", "é €  😀 <&>", "A description",
                              Map.of("keywords", "new"));
        Object[] ticket = array(trac.call("ticket.get", id));
        Date created = (Date) ticket[1];
        result.put("id", id);
        result.put("created", created.toInstant().toString());
        result.put("summary", struct(ticket[3]).get("summary"));
        ticket = array(trac.call("ticket.update", id, "A comment", Map.of(
            "keywords", "changed", "_ts", struct(ticket[3]).get("_ts"))));
        result.put("changed", struct(ticket[3]).get("keywords"));

        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++)
            bytes[i] = (byte) i;
        trac.call("ticket.putAttachment", id, "bytes.bin", "", bytes);
        bytes = (byte[]) trac.call("ticket.getAttachment", id, "bytes.bin");
        StringBuilder hex = new StringBuilder();
        for (byte each : bytes)
            hex.append(String.format("%02x", each));
        result.put("attachment", hex);
        Date later = Date.from(created.toInstant().plusSeconds(3600));
        result.put("recent", trac.call("ticket.getRecentChanges", created));
        result.put("later", trac.call("ticket.getRecentChanges", later));
        result.put("null", trac.call("wiki.getPage", "ForClients",
                                     (Object) null));
        try {
            trac.call("ticket.get", 999999);
        } catch (XMLRPCServerException e) {
            String code = " [" + e.getErrorNr() + "]";  // which it appends
            result.put("fault", new Object[] {
                e.getErrorNr(), e.getMessage().replace(code, "")});
        }

        List<Object> answers = new ArrayList<>();
        for (Object answer : array(trac.call("system.multicall", Arrays.asList(
                element("system.getAPIVersion"),
                element("ticket.get", 999999),
                element("wiki.getPage", "ForClients")))))
            answers.add(answer instanceof Map ? fault(answer)
                        : array(answer)[0]);
        result.put("multicall", answers);
        System.out.println(json(result));
    }

    static String json(Object value) {
        List<String> items = new ArrayList<>();
        if (value instanceof Map) {
            for (Map.Entry<?, ?> each : struct(value).entrySet())
                items.add(json(each.getKey()) + ":" + json(each.getValue()));
            return "{" + String.join(",", items) + "}";
        }
        if (value instanceof List)
            value = ((List<?>) value).toArray();
        if (value instanceof Object[]) {
            for (Object each : array(value))
                items.add(json(each));
            return "[" + String.join(",", items) + "]";
        }
        if (value instanceof Number)
            return value.toString();
        StringBuilder text = new StringBuilder();
        for (char each : value.toString().toCharArray())
            text.append(String.format("\\u%04x", (int) each));
        return "\"" + text + "\"";
    }
}
