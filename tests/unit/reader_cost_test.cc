// What the worst documents of each grammar cost: for each byte of 1 MiB about as much as for each of 64 KiB. What grows
// with the square of the length costs sixteen times as much.
#define BOOST_TEST_DYN_LINK
#include "agent/api/conditions.hh"
#include "agent/api/filter.hh"
#include "agent/api/forms.hh"
#include "agent/api/headers.hh"
#include "agent/api/multipart.hh"
#include "agent/api/negotiation.hh"
#include "agent/api/page.hh"
#include "agent/api/query.hh"
#include "agent/api/version.hh"
#include "agent/base/error.hh"
#include "agent/base/ini.hh"
#include "agent/base/xml.hh"
#include "agent/http/body.hh"
#include "agent/http/coding.hh"
#include "agent/http/refusal.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/invocation.hh"
#include "agent/render/mixin_reader.hh"
#include "agent/render/opennebula_xml.hh"
#include "drivers/note.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t little = 64 << 10, much = 1 << 20;
constexpr double most_times = 9; // memory that is in no cache costs some, and a tree costs its depth
// Below it, at 64 KiB, nothing is measured but the clock.
constexpr Seconds least{50e-6};

// ---- documents -----------------------------------------------------------------------------------------------------

using Make = std::function<std::string(std::size_t bytes)>;

std::string repeated(std::string_view piece, std::size_t bytes) {
    std::string all;
    while (all.size() < bytes) all += piece;
    return all;
}
// As often as there is room for it, between these.
Make many(std::string first, std::string piece, std::string last = "") {
    return [=](std::size_t bytes) { return first + repeated(piece, bytes - first.size()) + last; };
}
// The same, each with a number in place of its '@'.
Make numbered(std::string first, std::string piece, std::string last = "") {
    return [=](std::size_t bytes) {
        auto all = first;
        const auto hole = piece.find('@');
        for (std::size_t number = 0; all.size() < bytes; ++number)
            all.append(piece, 0, hole).append(std::to_string(number)).append(piece, hole + 1);
        return all + last;
    };
}
// Half of it before, half of it behind.
Make nested(std::string before, std::string behind) {
    return [=](std::size_t bytes) { return repeated(before, bytes / 2) + repeated(behind, bytes / 2); };
}

// ---- readers -------------------------------------------------------------------------------------------------------

using Read = std::function<void(const std::string&)>;

const occi::Model& model() {
    static const occi::Model all({{"small", 1, 1 << 30}});
    return all;
}
render::Vocabulary words() { return {model(), {}}; }

// That it is refused is as good as that it is read.
template <class F> void attempt(F&& read) {
    try {
        read();
    } catch (const Error& failure) {
        BOOST_TEST((failure.fault() != Fault::internal));
        BOOST_TEST(std::string_view(failure.what()).size() < 1000U);
    } catch (const http::Refusal&) {
    } catch (const api::NotAcceptable&) {
    }
}

void read_json(const std::string& body) {
    attempt([&] { render::read_json_entities(body, words()); });
    attempt([&] { render::read_json_mixins(body, words()); });
    attempt([&] { render::read_json_locations(body, words()); });
    attempt([&] { render::read_json_invocation(body, *model().known().compute->actions.front()); });
}
void read_fields(const render::Fields& fields) {
    attempt([&] { render::read_entity(fields, words(), true); });
    attempt([&] { render::read_mixins(fields, words()); });
    attempt([&] { render::read_locations(fields); });
    attempt([&] { render::read_invocation(fields, *model().known().compute->actions.front()); });
}
void read_text(const std::string& body) {
    attempt([&] { read_fields(render::read_lines(body)); });
}
void read_uris(const std::string& body) {
    attempt([&] { render::read_uri_list(body); });
}
void read_xml(const std::string& body) {
    attempt([&] { render::opennebula::read_compute(body, model()); });
    attempt([&] { render::opennebula::read_network(body, model()); });
    attempt([&] { render::opennebula::read_storage(body, model()); });
}
void read_note(const std::string& body) {
    attempt([&] { hv::from_note(xml::parse(body)); });
}
void read_settings(const std::string& body) { ini::parse(body, "FILE"); }

http::Request request_with(http::Headers headers, const std::string& body = "") {
    http::Request request;
    request.method = http::Method::get;
    request.path = "/compute/";
    request.headers = std::move(headers);
    request.body = body;
    return request;
}
void read_form(const std::string& body) {
    attempt([&] {
        api::document_of(request_with({{"Content-Type", "application/x-www-form-urlencoded"}}, body));
    });
}
void read_query(const std::string& query) {
    auto request = request_with({});
    request.query = query;
    attempt([&] { api::document_of(request); });
    attempt([&] { api::page_in(query, 10); });
    attempt([&] { api::word_in(query, "action"); });
}

// Of which nobody could say what costs too much but by trying: one header after the other has that value.
void read_header(const std::string& value) {
    for (const auto* name : {"Accept", "Content-Type", "Prefer", "User-Agent", "If-Match", "If-None-Match",
                             "Accept-Encoding", "Category", "X-OCCI-Attribute", "Link", "X-OCCI-Location"}) {
        auto request = request_with({{name, value}});
        attempt([&] { api::negotiate(request, api::family_of(request, model()), true); });
        attempt([&] { api::media_of_errors(request); });
        attempt([&] { api::prefers_async(request); });
        attempt([&] { api::version_above_ours(request.header("User-Agent").value_or("")); });
        attempt([&] { api::Condition(request).admits("x"); });
        attempt([&] { api::Filter(request, words()); });
        http::unmark_tags(request.headers);
        http::asks_for_gzip(request);
        read_fields({{name, value}});
    }
}
void read_block(const std::string& lines) {
    http::Limits limits;
    limits.header_bytes = limits.header_count = limits.target_bytes = std::numeric_limits<std::size_t>::max();
    const auto block = lines + "\r\n\r\n";
    attempt([&] {
        std::size_t looked = 0, length = 0;
        for (std::size_t come = 0; come < block.size() && length == 0; come += 1000)
            length = http::find_block(std::string_view(block).substr(0, come), looked, limits);
        http::HeaderBlock whole;
        http::parse_block(block, limits, whole);
        for (const auto* name : {"Accept", "Category", "X-OCCI-Attribute"})
            api::list_header(whole.request, name);
        render::Fields fields;
        for (const auto& [name, value] : whole.request.headers) fields.push_back({name, value});
        read_fields(fields);
    });
}
void read_chunks(const std::string& body) {
    for (const std::size_t step : {std::size_t{100}, std::size_t{16'384}, body.size()})
        attempt([&] {
            http::Framing framing;
            framing.chunked = true;
            http::BodyCollector collector(framing, much);
            for (std::size_t at = 0; at < body.size(); at += step) {
                auto piece = std::string_view(body).substr(at, step);
                if (collector.take(piece)) return;
            }
        });
}

struct Nobody : api::MultipartReader::Taker {
    void begin_part(const std::string&) override {}
    void take_part(std::string_view) override {}
    void end_part() override {}
};
void read_multipart(const std::string& body) {
    for (const std::size_t step : {std::size_t{100}, std::size_t{16'384}, body.size()})
        attempt([&] {
            Nobody taker;
            api::MultipartReader reader("BOUNDARY", taker);
            for (std::size_t at = 0; at < body.size(); at += step)
                reader.take(std::string_view(body).substr(at, step));
            reader.finish();
        });
}

// ---- the table -----------------------------------------------------------------------------------------------------

struct Row {
    const char* name;
    Make make;
    Read read;
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

const std::string kind = "http://schemas.ogf.org/occi/infrastructure#compute";
const std::string mixin = "http://schemas.ogf.org/occi/infrastructure/network#ipnetwork";
const std::string category = "compute; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"";
const std::string part = "--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";

const std::vector<Row> rows{
    {"json: a list of objects", many("[{}", ",{}", "]"), read_json},
    {"json: a list of lists", many("[[]", ",[]", "]"), read_json},
    {"json: a list of numbers", many("[1", ",1", "]"), read_json},
    {"json: a list without end", many("[", "{},"), read_json},
    {"json: depth", nested("[", "]"), read_json},
    {"json: depth without end", many("", "{\"a\":"), read_json},
    {"json: members", numbered("{\"x\":1", ",\"@\":1", "}"), read_json},
    {"json: the same member", many("{\"x\":1", ",\"a\":1", "}"), read_json},
    {"json: objects with members", many("[{}", ",{\"a\":1,\"b\":1}", "]"), read_json},
    {"json: a long name", many("{\"", "a", "\":1}"), read_json},
    {"json: a long name of an object",
     [](std::size_t bytes) {
         return "{\"attributes\":{\"" + std::string(bytes / 2, 'a') + "\":{" +
                numbered("\"x\":1", ",\"@\":1")(bytes / 2) + "}}}";
     },
     read_json},
    {"json: attributes", numbered("{\"kind\":\"" + kind + "\",\"attributes\":{\"x\":1", ",\"@\":1", "}}"),
     read_json},
    {"json: attributes in pieces",
     numbered("{\"attributes\":{\"x\":1", ",\"@\":{\"a\":{\"b\":{\"c\":1}}}", "}}"), read_json},
    {"json: resources", many("{\"resources\":[{}", ",{}", "]}"), read_json},
    {"json: resources of a kind", many("{\"resources\":[{}", ",{\"kind\":\"" + kind + "\"}", "]}"),
     read_json},
    {"json: links", many("{\"kind\":\"" + kind + "\",\"links\":[{}", ",{}", "]}"), read_json},
    {"json: mixins", many("{\"kind\":\"" + kind + "\",\"mixins\":[\"" + mixin, "\",\"" + mixin, "\"]}"),
     read_json},
    {"json: mixins that are defined", many("{\"mixins\":[{}", ",{\"term\":\"a\",\"scheme\":\"b#\"}", "]}"),
     read_json},
    {"json: a text", many("[\"", "a", "\"]"), read_json},
    {"json: a text without end", many("[\"", "a"), read_json},
    {"json: escapes", many("[\"", "\\u0041", "\"]"), read_json},
    {"json: bytes that are no UTF-8", many("[\"", "\xc3\xa4", "\xff\"]"), read_json},
    {"json: a number", many("[", "9", "]"), read_json},
    {"json: a fraction", many("[0.", "3", "e-1]"), read_json},
    {"json: blanks", many("", " "), read_json},
    {"json: words", many("[null", ",null", "]"), read_json},
    {"json: what is none", many("{\"kind\":", "x"), read_json},

    {"text: short lines", many("", "a:\n"), read_text},
    {"text: empty lines", many("", "\n"), read_text},
    {"text: a line without a colon", many("", "a"), read_text},
    {"text: categories", many("", "Category: " + category + "\n"), read_text},
    {"text: categories in one line", many("Category: " + category, "," + category), read_text},
    {"text: categories that nobody knows", numbered("Category: x; scheme=\"y#\"", ",a@; scheme=\"b#\""),
     read_text},
    {"text: parameters of a category", many("Category: " + category, ";title=\"x\""), read_text},
    {"text: attributes of a category", many("Category: a; scheme=\"b#\"; attributes=\"", "a ", "\""),
     read_text},
    {"text: actions of a category", many("Category: a; scheme=\"b#\"; actions=\"", "a#b ", "\""), read_text},
    {"text: attributes", numbered("", "X-OCCI-Attribute: a@=1\n"), read_text},
    {"text: attributes in one line", numbered("X-OCCI-Attribute: a=1", ",a@=1"), read_text},
    {"text: attributes in long lines",
     numbered("X-OCCI-Attribute: x=1", ",a@=1,b=1,c=1\nX-OCCI-Attribute: e=1"), read_text},
    {"text: an attribute", many("X-OCCI-Attribute: a=\"", "b", "\""), read_text},
    {"text: an attribute without end", many("X-OCCI-Attribute: a=\"", "b"), read_text},
    {"text: a number", many("X-OCCI-Attribute: a=", "9"), read_text},
    {"text: a fraction", many("X-OCCI-Attribute: a=0.", "3"), read_text},
    {"text: escapes", many("X-OCCI-Attribute: a=\"", "\\\"", "\""), read_text},
    {"text: quotes", many("X-OCCI-Attribute: a=", "\"\""), read_text},
    {"text: commas", many("X-OCCI-Attribute: ", ","), read_text},
    {"text: semicolons", many("Category: a", ";"), read_text},
    {"text: links", many("", "Link: </network/a>\n"), read_text},
    {"text: links in one line", many("Link: </network/a>", ",</network/a>"), read_text},
    {"text: links to actions", many("Link: </a?action=b>", ",</a?action=b>"), read_text},
    {"text: parameters of a link", numbered("Link: </network/a>", ";a@=1"), read_text},
    {"text: categories of a link", many("Link: </network/a>; category=\"", mixin + " ", "\""), read_text},
    {"text: a link without end", many("Link: ", "<"), read_text},
    {"text: a path", many("Link: <", "/a", ">"), read_text},
    {"text: slashes", many("Link: <", "/", ">"), read_text},
    {"text: locations", many("", "X-OCCI-Location: /compute/a\n"), read_text},
    {"text: locations in one line", many("X-OCCI-Location: /compute/a", ",/compute/a"), read_text},

    {"uri-list: short ones", many("", "/\n"), read_uris},
    {"uri-list: a long one", many("", "/a"), read_uris},
    {"uri-list: slashes", many("", "/"), read_uris},
    {"uri-list: remarks", many("", "#\n"), read_uris},
    {"uri-list: URNs", many("", "/urn:uuid:a"), read_uris},

    {"xml: elements", many("<COMPUTE>", "<a/>", "</COMPUTE>"), read_xml},
    {"xml: as many as are taken", many("<COMPUTE>", "<a>" + std::string(200, 'x') + "</a>", "</COMPUTE>"),
     read_xml},
    {"xml: depth", nested("<a>", "</a>"), read_xml},
    {"xml: an element without end", many("<", "a"), read_xml},
    {"xml: attributes", numbered("<COMPUTE ", "a@='' ", "/>"), read_xml},
    {"xml: an attribute", many("<COMPUTE a='", "b", "'/>"), read_xml},
    {"xml: text", many("<NETWORK><NAME>", "a", "</NAME></NETWORK>"), read_xml},
    {"xml: references", many("<NETWORK><NAME>", "&#38;", "</NAME></NETWORK>"), read_xml},
    {"xml: lines", many("<DISK><URL>", "\n", "</URL></DISK>"), read_xml},
    {"xml: names", many("<NETWORK>", "<NAME>a</NAME>", "</NETWORK>"), read_xml},
    {"xml: disks", many("<COMPUTE><DISKS>", "<DISK image='a'/>", "</DISKS></COMPUTE>"), read_xml},
    {"xml: lists of disks", many("<COMPUTE>", "<DISKS/>", "</COMPUTE>"), read_xml},
    {"xml: NICs", many("<COMPUTE><NICS>", "<NIC><UUID>a</UUID></NIC>", "</NICS></COMPUTE>"), read_xml},
    {"xml: what is in a NIC", many("<COMPUTE><NICS><NIC>", "<IP/>", "</NIC></NICS></COMPUTE>"), read_xml},
    {"xml: remarks", many("<COMPUTE>", "<!---->", "</COMPUTE>"), read_xml},
    {"xml: instructions", many("<COMPUTE>", "<?a?>", "</COMPUTE>"), read_xml},
    {"xml: sections", many("<NETWORK><NAME>", "<![CDATA[a]]>", "</NAME></NETWORK>"), read_xml},
    {"xml: a DTD", many("<!DOCTYPE a [", "<!ENTITY b 'c'>", "]><a/>"), read_xml},
    {"xml: bytes that are no UTF-8", many("<a>", "\xff"), read_xml},
    {"xml: zeros", many("<a>", std::string(1, '\0')), read_xml},
    {"note: disks", many("<machine cores='1' memory='1'>", "<disk content='image' bytes='1'/>", "</machine>"),
     read_note},
    {"note: layers",
     many("<machine cores='1' memory='1'><disk content='image' bytes='1'>", "<layer path='a' format='raw'/>",
          "</disk></machine>"),
     read_note},
    {"note: notes", numbered("<machine cores='1' memory='1'>", "<note key='@' value='b'/>", "</machine>"),
     read_note},

    {"ini: headings", many("", "[a]\n"), read_settings},
    {"ini: settings", numbered("[a]\n", "a@=b\n"), read_settings},
    {"ini: faults", many("", "a\n"), read_settings},
    {"ini: a line", many("[a]\n", " ;"), read_settings},

    {"form: no fields", many("", "&"), read_form},
    {"form: fields", many("", "a=b&"), read_form},
    {"form: escapes", many("occixml=", "%41"), read_form},
    {"form: a wrong escape", many("occixml=", "+", "%4"), read_form},
    {"query: no fields", many("", "&"), read_query},
    {"query: fields", many("", "a=b&"), read_query},
    {"query: pages", many("page=1", "&page="), read_query},
    {"query: digits", many("page=", "9"), read_query},

    {"multipart: an image", many(part, "a", "\r\n--BOUNDARY--"), read_multipart},
    {"multipart: what is nearly a boundary", many(part, "\r\n--BOUNDAR", "\r\n--BOUNDARY--"), read_multipart},
    {"multipart: ends of lines", many(part, "\r", "\r\n--BOUNDARY--"), read_multipart},
    {"multipart: parts", many(part, "\r\n" + part, "\r\n--BOUNDARY--"), read_multipart},
    {"multipart: headers", many("--BOUNDARY\r\n", "a:b\r\n"), read_multipart},
    {"multipart: parameters", many("--BOUNDARY\r\nContent-Disposition: form-data", ";a=b"), read_multipart},
    {"multipart: what stands before", many("", "\r\n--"), read_multipart},
    {"multipart: blanks behind a boundary", many("--BOUNDARY", " "), read_multipart},
    {"multipart: what stands behind", many(part + "\r\n--BOUNDARY--", "\r\n--BOUNDARY"), read_multipart},

    {"header: types", many("a/b", ",a/b"), read_header},
    {"header: wildcards", many("text/plain;q=0,application/xml;q=0", ",*"), read_header},
    {"header: wildcards behind all types", many("*", ",text/*,*/*"), read_header},
    {"header: refusals", many("*", ",text/plain;q=0"), read_header},
    {"header: commas", many("a", ","), read_header},
    {"header: semicolons", many("a", ";"), read_header},
    {"header: weights", many("a/b", ";q=0.5"), read_header},
    {"header: a weight", many("a/b;q=0.", "5"), read_header},
    {"header: tags", many("\"a\"", ",\"a\""), read_header},
    {"header: weak tags", many("W/\"a\"", ",W/\"a-gzip\""), read_header},
    {"header: packed tags", many("\"a-gzip\"", ",\"b-gzip\""), read_header},
    {"header: a tag without end", many("\"", "a"), read_header},
    {"header: versions", many("OCCI/1.1", " OCCI/1.1"), read_header},
    {"header: a version", many("OCCI/1.", "1"), read_header},
    {"header: categories", many(category, "," + category), read_header},
    {"header: attributes", numbered("a=1", ",a@=1"), read_header},
    {"header: blanks", many("a", " "), read_header},
    {"header: preferences", many("respond-later", ", respond-asynC;a=b"), read_header},

    {"block: headers", many(get, "a: b\r\n"), read_block},
    {"block: headers of one name", many(get, "Accept: a/b\r\n"), read_block},
    {"block: attributes", numbered(get, "X-OCCI-Attribute: a@=1\r\n"), read_block},
    {"block: one header", many(get + "a: ", "b"), read_block},
    {"block: blanks", many(get + "a: ", " ", "b"), read_block},
    {"block: percent signs", many(get + "a: ", "%"), read_block},
    {"block: options", many(get + "Connection: a", ",a"), read_block},
    {"block: a method", many("", "A"), read_block},
    {"block: a target", many("GET /", "a", " HTTP/1.1\r\nHost: h"), read_block},
    {"block: slashes", many("GET /", "/", " HTTP/1.1\r\nHost: h"), read_block},
    {"block: an escaped target", many("GET /", "%41", " HTTP/1.1\r\nHost: h"), read_block},
    {"block: a query", many("GET /?", "a&", " HTTP/1.1\r\nHost: h"), read_block},
    {"block: what is no end of a line", many(get, "\n"), read_block},
    {"chunks: of one byte", many("", "1\r\na\r\n"), read_chunks},
    {"chunks: extensions", many("", "1;a=b\r\na\r\n"), read_chunks},
    {"chunks: a large one", many("fffff\r\n", "a"), read_chunks},
    {"chunks: trailers", many("0\r\n", "a: b\r\n"), read_chunks},
    {"chunks: a size", many("", "0"), read_chunks},
};

// ---- the clock -----------------------------------------------------------------------------------------------------

// Of this thread: others may have the machine meanwhile.
Seconds now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
}

// The least of several times, each of which something may have held up.
Seconds cost(const Row& row, std::size_t bytes, int times) {
    const auto document = row.make(bytes);
    auto lowest = Seconds::max();
    for (int time = 0; time < times; ++time) {
        const auto begun = now();
        row.read(document);
        lowest = std::min(lowest, now() - begun);
    }
    return lowest;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reader_cost)

BOOST_DATA_TEST_CASE(does_not_grow_with_the_square_of_the_length, data::make(rows), row) {
    // tests/check says so: that nothing is read beside the document is all that can be seen then.
    if (std::getenv("OCCI_AGENT_INSTRUMENTED")) {
        BOOST_CHECK_NO_THROW(row.read(row.make(much)));
        return;
    }
    // A machine that has no memory to give makes the longer one wait for its pages: what is suspicious is measured
    // again.
    Seconds all{};
    double times = most_times;
    for (int attempt = 0; attempt < 4 && times >= most_times; ++attempt) {
        const auto few = std::max(cost(row, little, 5), least) / static_cast<double>(little);
        all = cost(row, much, 3);
        times = all / static_cast<double>(much) / few;
    }
    BOOST_TEST_MESSAGE(row.name << ": " << all.count() * 1000 << " ms, a byte costs " << times
                                << " times as much");
    BOOST_TEST(times < most_times, row.name << ": " << all.count() * 1000
                                            << " ms for 1 MiB, each byte of it costs " << times
                                            << " times as much as of 64 KiB");
}

BOOST_AUTO_TEST_SUITE_END()
