// GFD.229 (and GFD.185, 3.5): the text renderings, written and read.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

#include <array>

namespace conformance {
namespace {

const Clauses writing{
    {"GFD.229 4", must, "writes the parameters of a category in the order of the grammar",
     [](Provider& it) {
         const std::array order{
             "; scheme=", "; class=", "; title=", "; rel=", "; location=", "; attributes=", "; actions="};
         it.standing();
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             std::size_t last = 0;
             for (const auto* parameter : order) {
                 const auto at = line.find(parameter);
                 if (at == line.npos) continue;
                 BOOST_TEST(at > last, line);
                 last = at;
             }
         }
     }},
    {"GFD.229 4", must, "writes nothing into terms and titles that takes a line apart",
     [](Provider& it) {
         it.standing();
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             const auto term = line.substr(0, line.find(';'));
             BOOST_TEST(term.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == term.npos, term);
             BOOST_TEST(parameter(line, "title").find_first_of(";,=\\") == line.npos, line);
         }
     }},
    {"GFD.229 4", must, "writes texts quoted and numbers not",
     [](Provider& it) {
         const auto body = it.get(it.standing().compute).body;
         BOOST_TEST(has_line(body, "X-OCCI-Attribute: occi.core.title=\"standing\""));
         BOOST_TEST(has_line(body, "X-OCCI-Attribute: occi.compute.cores=1"));
     }},
    {"GFD.229 4", must, "writes target, rel, self, category and the attributes into the Link of a link",
     [](Provider& it) {
         const auto& standing = it.standing();
         const auto line = link_in(it.get(standing.compute).body, "/networkinterface/");
         BOOST_TEST(line.starts_with("<" + standing.network + ">; rel=\"" + infrastructure +
                                     "network\"; self=\"" + standing.networkinterface + "\"; category=\"" +
                                     infrastructure + "networkinterface"));
         BOOST_TEST(!parameter(line, "occi.networkinterface.mac").empty());
     }},
    {"GFD.229 4", must, "writes the actions that can be done as Links",
     [](Provider& it) {
         const auto& path = it.standing().compute;
         BOOST_TEST(has_line(it.get(path).body, "Link: <" + path + "?action=stop>; rel=\"" +
                                                    action_scheme("compute") + "stop\""));
     }},
    {"GFD.229 5.5.2", must, "writes for the rel of a mixin what it depends on, and no kind",
     [](Provider& it) {
         it.standing();
         for (const auto& line : lines_of(it.get("/-/").body, "Category"))
             if (parameter(line, "class") == "mixin") {
                 const auto rel = parameter(line, "rel");
                 BOOST_TEST((rel.empty() || rel == infrastructure + "os_tpl" ||
                             rel == infrastructure + "resource_tpl"),
                            line);
             }
     }},
    {"GFD.229", must, "writes text/plain with one field a line, and nothing behind the last",
     [](Provider& it) {
         it.standing();
         for (const auto& path : {std::string("/-/"), std::string("/compute/"), it.standing().compute,
                                  it.standing().storagelink}) {
             const auto body = it.get(path).body;
             BOOST_TEST(!body.ends_with('\n'), path);
             BOOST_TEST(body.find('\r') == body.npos, path);
             BOOST_TEST(body.find("\n\n") == body.npos, path);
             std::size_t lines = 1;
             for (const char c : body) lines += c == '\n' ? 1U : 0U;
             std::size_t fields = 0;
             for (const auto* name : {"Category", "Link", "X-OCCI-Attribute", "X-OCCI-Location"})
                 fields += lines_of(body, name).size();
             BOOST_TEST(fields == lines, path);
         }
     }},
    {"GFD.229", must, "writes text/occi into headers, with OK for a body",
     [](Provider& it) {
         const auto answer = it.get_as("text/occi", it.standing().compute);
         BOOST_TEST(answer.body == "OK");
         BOOST_TEST(answer.header("Category")
                        .starts_with("compute; scheme=\"" + infrastructure + "\"; class=\"kind\""));
         BOOST_TEST(answer.header("X-OCCI-Attribute").find("occi.core.title=\"standing\"") !=
                    std::string::npos);
         BOOST_TEST(answer.header("Link").find(it.standing().networkinterface) != std::string::npos);
         BOOST_TEST(it.get_as("text/occi", "/-/").header("Category").find("; class=\"") != std::string::npos);
     }},
    {"GFD.229", must, "writes no OCCI headers beside a body of text/plain",
     [](Provider& it) {
         const auto answer = it.get(it.standing().compute);
         for (const auto* name : {"Category", "Link", "X-OCCI-Attribute", "X-OCCI-Location"})
             BOOST_TEST(answer.header(name).empty(), name);
     }},
    {"GFD.229 8", must, "writes text/uri-list with absolute URIs, one a line",
     [](Provider& it) {
         const auto& path = it.standing().compute;
         const auto body = it.get_as("text/uri-list", "/compute/").body;
         BOOST_TEST(("\n" + body + "\n").find("\n" + it.base() + path + "\n") != body.npos);
         BOOST_TEST(body.find('\r') == body.npos); // clients split at LF only
     }},
    {"GFD.229", may, "takes text/occi+plain for text/plain",
     [](Provider& it) {
         const auto& path = it.standing().network;
         BOOST_TEST(it.get_as("text/occi+plain", path).body == it.get(path).body);
         BOOST_TEST(it.post("/storage/", kind("storage") + attribute("occi.storage.size=0.01"),
                            {{"Content-Type", "text/occi+plain"}})
                        .status == 201);
     }},
};

// Each is the title of a storage, as it is written and as it is.
struct Spelling {
    const char *sentence, *written, *value;
};
constexpr std::array spellings{
    Spelling{"keeps quotes", R"("a \"b\" c")", R"(a \"b\" c)"},
    Spelling{"keeps backslashes", R"("a \\ b")", R"(a \\ b)"},
    Spelling{"keeps commas", R"("a, b,c")", "a, b,c"},
    Spelling{"keeps semicolons and equals signs", R"("a; b=c")", "a; b=c"},
    Spelling{"keeps what looks like a field", R"("Category: x")", "Category: x"},
    Spelling{"keeps UTF-8",
             "\"Gr\xc3\xbc\xc3\x9f"
             "e \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x90\xa7\"",
             "Gr\xc3\xbc\xc3\x9f"
             "e \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x90\xa7"},
    Spelling{"keeps a number that is quoted as text", R"("42")", "42"},
};

Clause kept(const Spelling& spelling) {
    return {"GFD.229 4", must, std::string(spelling.sentence) + " in a text", [spelling](Provider& it) {
                const auto title = "occi.core.title=" + std::string(spelling.written);
                BOOST_TEST(it.value(it.storage(attribute(title)), "occi.core.title") == spelling.value);
                // The same by headers.
                const auto answer =
                    it.post("/storage/", {},
                            {{"Content-Type", "text/occi"},
                             {"Category", "storage; scheme=\"" + infrastructure + "\"; class=\"kind\""},
                             {"X-OCCI-Attribute", "occi.storage.size=0.01, " + title}});
                BOOST_TEST(answer.status == 201);
                BOOST_TEST(it.value(path_of(answer.header("Location")), "occi.core.title") == spelling.value);
            }};
}

Clauses all_kept() {
    Clauses clauses;
    for (const auto& spelling : spellings) clauses.push_back(kept(spelling));
    return clauses;
}

bool makes_storage(Provider& it, const std::string& body) { return it.post("/storage/", body).status == 201; }

const std::string scheme = "scheme=\"" + infrastructure + "\"";

const Clauses reading{
    {"GFD.229 4", must, "reads a category without blanks, with a semicolon at its end, in any order",
     [](Provider& it) {
         const auto size = attribute("occi.storage.size=0.01");
         BOOST_TEST(makes_storage(it, "Category: storage;" + scheme + ";class=\"kind\"\n" + size));
         BOOST_TEST(makes_storage(it, "Category: storage; " + scheme + "; class=\"kind\";\n" + size));
         BOOST_TEST(makes_storage(it, "Category: storage; class=\"kind\"; " + scheme + "\n" + size));
         BOOST_TEST(makes_storage(it, "Category: storage ;  " + scheme + " ; class = \"kind\"\n" + size));
     }},
    {"GFD.229 4", must, "reads a class that is not quoted, or not there",
     [](Provider& it) {
         const auto size = attribute("occi.storage.size=0.01");
         BOOST_TEST(makes_storage(it, "Category: storage; " + scheme + "; class=kind\n" + size));
         BOOST_TEST(makes_storage(it, "Category: storage; " + scheme + "\n" + size));
     }},
    {"GFD.229 4", must, "reads a category with all its parameters, and some unknown",
     [](Provider& it) {
         BOOST_TEST(makes_storage(it, "Category: storage; " + scheme +
                                          "; class=\"kind\"; title=\"Storage; of\"; rel=\"" + core +
                                          "resource\"; location=\"/storage/\"; colour=\"red\"\n" +
                                          attribute("occi.storage.size=0.01")));
     }},
    {"GFD.229 4", must, "reads several in one field, by commas",
     [](Provider& it) {
         it.define("tag");
         const auto body = kind("storage").substr(0, kind("storage").size() - 1) + ", " +
                           mixin_line("tag", user_scheme).substr(10) +
                           "\nX-OCCI-Attribute: occi.storage.size=0.01, occi.core.title=\"a\"\n";
         const auto path = it.make("/storage/", body);
         BOOST_TEST(it.value(path, "occi.core.title") == "a");
         BOOST_TEST(it.has("/tag/", path));
     }},
    {"GFD.229", must, "reads lines that end in CR LF, LF or CR, and blank ones",
     [](Provider& it) {
         const auto category = "Category: storage; " + scheme + "; class=\"kind\"",
                    size = std::string("X-OCCI-Attribute: occi.storage.size=0.01");
         for (const auto* end : {"\r\n", "\n", "\r", "\n\n", "\r\n\r\n"}) {
             BOOST_TEST(makes_storage(it, category + end + size + end));
             BOOST_TEST(makes_storage(it, category + end + size));
         }
     }},
    {"GFD.229", must, "reads names of fields in any case",
     [](Provider& it) {
         BOOST_TEST(makes_storage(it, "category: storage; " + scheme +
                                          "\nx-occi-attribute: occi.storage.size=0.01"));
     }},
    {"GFD.229 4", must, "reads a whole number for a number",
     [](Provider& it) { BOOST_TEST(makes_storage(it, kind("storage") + attribute("occi.storage.size=1"))); }},
    {"GFD.229 4", must, "reads a Link with its own URL in front and the target among its attributes",
     [](Provider& it) {
         const auto network = it.network();
         const auto path =
             it.compute("Link: </networkinterface/mine>; rel=\"" + infrastructure + "network\"; category=\"" +
                        infrastructure + "networkinterface\"; occi.core.target=\"" + network + "\"\n");
         BOOST_TEST(it.get(path).body.find("Link: <" + network + ">") != std::string::npos);
     }},
    {"GFD.229 4", must, "reads a Link to an absolute URL",
     [](Provider& it) {
         const auto network = it.network();
         const auto path =
             it.compute("Link: <" + it.base() + network + ">; rel=\"" + infrastructure + "network\"\n");
         BOOST_TEST(it.get(path).body.find("Link: <" + network + ">") != std::string::npos);
     }},
    {"GFD.229", may, "reads the fields that older servers had",
     [](Provider& it) {
         BOOST_TEST(makes_storage(it, "X-OCCI-Category: storage; " + scheme + "\n" +
                                          attribute("occi.storage.size=0.01")));
     }},
};

const std::string storage = kind("storage") + attribute("occi.storage.size=0.01");

// More than fits is said to be too much, one way or another, and nothing is made of it.
Clause too_much(std::string sentence, std::function<std::string()> body) {
    return {"GFD.229 4", must, std::move(sentence), [body](Provider& it) {
                const auto counts = it.counts();
                const auto status = it.post("/storage/", body()).status;
                BOOST_TEST((status == 400 || status == 413), status);
                BOOST_TEST(it.counts() == counts, boost::test_tools::per_element());
                BOOST_TEST(it.get("/-/").status == 200);
            }};
}

const Clauses refusals{
    refused("GFD.229 4", must, "refuses a quote without its end", 400,
            {"POST", "/storage/", storage + attribute("occi.core.title=\"a")}, "quote"),
    refused("GFD.229 4", must, "refuses an attribute without a value", 400,
            {"POST", "/storage/", storage + attribute("occi.core.title")}, "name=value"),
    refused("GFD.229 4", must, "refuses a category without a scheme", 400,
            {"POST", "/storage/", storage + "Category: tag"}, "scheme"),
    refused("GFD.229 4", must, "refuses a category without a term", 400,
            {"POST", "/storage/", storage + "Category: ; scheme=\"x#\""}, "term"),
    refused("GFD.229 4", must, "refuses a Link without a URL", 400,
            {"POST", "/compute/", kind("compute") + "Link: /network/x"}, "Link"),
    refused("GFD.229 4", must, "refuses a Link whose rel is no type", 400,
            {"POST", "/compute/", kind("compute") + "Link: <urn:uuid:" + nobody + ">; rel=\"network\""}),
    refused("GFD.229", must, "refuses a line that is no field", 400,
            {"POST", "/storage/", storage + "nonsense"}, "field"),
    refused("GFD.229", must, "refuses a field that no entity has", 400,
            {"POST", "/storage/", storage + "X-Colour: red"}, "X-Colour"),
    refused("GFD.229", must, "refuses bytes that are no text", 400,
            {"POST", "/storage/", std::string("\x00\xff\xfe", 3)}),
    refused("GFD.229 4", must, "refuses a title that breaks the line in disguise", 400,
            {"POST", "/storage/",
             storage + attribute("occi.core.title=\"a\x01"
                                 "b\"")}),
    too_much("refuses 10 000 attributes",
             [] {
                 auto body = storage;
                 for (int number = 0; number < 10'000; ++number)
                     body += attribute("com.example.a" + std::to_string(number) + "=1");
                 return body;
             }),
    too_much("refuses 10 000 attributes in one field",
             [] {
                 auto body = kind("storage") + "X-OCCI-Attribute: occi.storage.size=0.01";
                 for (int number = 0; number < 10'000; ++number)
                     body += ", com.example.a" + std::to_string(number) + "=1";
                 return body;
             }),
    too_much("refuses an attribute of 1 MB",
             [] { return storage + attribute("occi.core.title=\"" + std::string(1'000'000, 'x') + "\""); }),
    too_much("refuses 1 MB of quotes and backslashes",
             [] {
                 std::string text;
                 while (text.size() < 1'000'000) text += "\\\"";
                 return storage + attribute("occi.core.title=\"" + text + "\"");
             }),
};

const Chapter chapter("text_229", writing + all_kept() + reading + refusals);

} // namespace
} // namespace conformance
