#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <tuple>

namespace data = boost::unit_test::data;

namespace {

struct Fixture : wire::Fixture {
    support::Answer make(const std::string& inside) {
        return client.post("/storage", "<DISK>" + inside + "</DISK>");
    }
    bool is_gone(const std::string& id) {
        return support::eventually([&] { return client.get("/storage/" + id).status == 404; });
    }
};

using Row = std::tuple<std::string, int, std::string>;
const std::vector<Row> refused = {
    {"", 400, "a storage needs a size, or the URL"},
    {"<SIZE>0</SIZE>", 400, "SIZE"},
    {"<SIZE>-1</SIZE>", 400, "\"-1\""},
    {"<SIZE>1e30</SIZE>", 400, "\"1e30\""},
    {"<URL>file:///etc/shadow</URL>", 403, "/etc/shadow"},
    {"<URL>file:///etc</URL>", 403, ""},
    {"<URL>http://example.org/x</URL>", 400, "http"},
    {"<URL>/etc/shadow</URL>", 400, "file://"},
    {"<URL>file://example.org/x</URL>", 400, ""},
    {"<SIZE>1</SIZE><SIZE>2</SIZE>", 400, "SIZE is given twice"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_storage, Fixture)

BOOST_AUTO_TEST_CASE(is_copied_from_its_original_shown_listed_and_removed) {
    const auto original = agent.make_original("small.img", 20 << 20);
    const auto made = make("<NAME>small</NAME><URL>" + original + "</URL>");
    BOOST_REQUIRE_EQUAL(made.status, 201);
    const auto id = made.id();
    BOOST_TEST(made.header("Location") == url("/storage/" + id));
    const auto whole = "<DISK href=\"" + url("/storage/") + id + "\"><ID>" + id + "</ID><NAME>small</NAME>" +
                       words::user(url()) + "<SIZE>20</SIZE><URL>" + original + "</URL></DISK>";
    BOOST_TEST(support::eventually([&] { return client.get("/storage/" + id).body == whole; }));
    BOOST_TEST(client.get("/storage").body ==
               "<STORAGE><DISK href=\"" + url("/storage/") + id + "\"/></STORAGE>");
    BOOST_TEST(client.remove("/storage/" + id).status == 204);
    BOOST_TEST(client.get("/storage/" + id).status == 404);
    BOOST_TEST(agent.host().storage().list().empty());
}

BOOST_AUTO_TEST_CASE(is_blank_without_an_original) {
    const auto made = make("<NAME>data</NAME><SIZE>100</SIZE>");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.body.find("<SIZE>100</SIZE></DISK>") != std::string::npos);
    BOOST_TEST(made.body.find("URL") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(may_be_larger_than_its_original_but_not_smaller) {
    const auto original = agent.make_original("x.img", 20 << 20);
    BOOST_TEST(support::element(make("<NAME>x</NAME><SIZE>30</SIZE><URL>" + original + "</URL>").body,
                                "SIZE") == "30");
    const auto answer = make("<NAME>x</NAME><SIZE>10</SIZE><URL>" + original + "</URL>");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body.find("size of 10 MiB is less than the 20 MiB") != std::string::npos);
}

BOOST_DATA_TEST_CASE(is_refused_with_what_is_wrong, data::make(refused), inside, status, sentence) {
    const auto answer = make("<NAME>x</NAME>" + inside);
    BOOST_TEST(answer.status == status);
    BOOST_TEST_CONTEXT(answer.body) BOOST_TEST(answer.body.find(sentence) != std::string::npos);
    BOOST_TEST(client.get("/storage").body == "<STORAGE/>");
    BOOST_TEST(agent.host().storage().list().empty());
}

BOOST_AUTO_TEST_CASE(is_not_taken_through_a_link_out_of_the_allowed_folder) {
    std::filesystem::create_symlink("/etc/passwd", agent.images() / "link");
    const auto answer = make("<NAME>x</NAME><URL>file://" + (agent.images() / "link").string() + "</URL>");
    BOOST_TEST(answer.status == 403);
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_is_not_what_its_header_says) {
    std::ofstream(agent.images() / "broken.qcow2", std::ios::binary)
        << "QFI\xfb" << std::string(2000, '\xff');
    const auto answer =
        make("<NAME>x</NAME><URL>file://" + (agent.images() / "broken.qcow2").string() + "</URL>");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body.find("broken.qcow2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(needs_room_in_the_pool) {
    agent.host().set_available(1 << 20);
    const auto answer = make("<NAME>x</NAME><URL>" + agent.make_original("x.img", 20 << 20) + "</URL>");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find(
                   "no room in the pool: 20 MB are needed beside the 64 MB that stay free, 1 MB are free") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(that_fails_later_is_shown_as_failed_and_leaves_no_volume) {
    agent.fail_for_good("storage.import", Error(Fault::unavailable, "no space left in the pool"));
    const auto id = make("<NAME>x</NAME><URL>" + agent.make_original("x.img") + "</URL>").id();
    BOOST_TEST(support::eventually([&] {
        return client.get("/storage/" + id).body.find("<STATE>FAILED</STATE>") != std::string::npos;
    }));
    BOOST_TEST(client.get("/storage/" + id).body.find("no space left in the pool") != std::string::npos);
    BOOST_TEST(agent.host().storage().list().empty());
    BOOST_TEST(client.remove("/storage/" + id).status == 204);
}

BOOST_AUTO_TEST_CASE(can_be_removed_while_it_is_copied) {
    agent.host().hold("storage.import");
    const auto id = make("<NAME>x</NAME><URL>" + agent.make_original("x.img") + "</URL>").id();
    BOOST_TEST(client.get("/storage/" + id).body.find("<STATE>PENDING</STATE>") != std::string::npos);
    const auto answer = client.remove("/storage/" + id);
    BOOST_TEST((answer.status == 204 || answer.status == 202));
    agent.host().release("storage.import");
    BOOST_TEST(is_gone(id));
    BOOST_TEST(agent.host().storage().list().empty());
}

BOOST_AUTO_TEST_CASE(in_use_is_not_removed) {
    const auto image = agent.image();
    const auto compute = agent.compute("<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS></COMPUTE>");
    const auto answer = client.remove("/storage/" + image);
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find(compute) != std::string::npos);
    client.remove("/compute/" + compute);
    BOOST_TEST(client.remove("/storage/" + image).status == 204);
}

BOOST_AUTO_TEST_CASE(is_read_from_a_form_and_from_the_query_too) {
    const auto form =
        client.send("POST", "/storage",
                    "occixml=%3CDISK%3E%3CNAME%3Ea+b%3C%2FNAME%3E%3CSIZE%3E1%3C%2FSIZE%3E%3C%2FDISK%3E",
                    {{"Content-Type", "application/x-www-form-urlencoded"}});
    BOOST_TEST(form.status == 201);
    BOOST_TEST(support::element(form.body, "NAME") == "a b");
    BOOST_TEST(client
                   .post("/storage?occixml=%3CSTORAGE%3E%3CNAME%3Eq%3C%2FNAME%3E%3CSIZE%3E1%3C%2FSIZE%3E%3C%"
                         "2FSTORAGE%3E",
                         "")
                   .status == 201);
}

BOOST_AUTO_TEST_SUITE_END()
