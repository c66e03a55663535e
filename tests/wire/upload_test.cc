// POST /storage with a multipart form: the image goes into the pool as it comes.
#define BOOST_TEST_DYN_LINK
#include "tests/unit/http_peer.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tuple>

namespace data = boost::unit_test::data;

namespace {

constexpr auto type = "multipart/form-data; boundary=B";
const std::string document = "<DISK><NAME>sent</NAME></DISK>";
const std::string sample(1 << 20, 'x');

std::string part(const std::string& name, const std::string& value) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

struct Fixture : wire::Fixture {
    support::Answer upload(const std::string& body, const support::Headers& more = {},
                           const std::string& content_type = type) {
        auto headers = more;
        headers.emplace_back("Content-Type", content_type);
        return client.send("POST", "/storage", body, headers);
    }
    bool nothing_is_left() {
        return client.get("/storage").body.find("href") == std::string::npos &&
               agent.host().storage().list().empty();
    }
};

const std::vector<std::string> good = {part("occixml", document) + part("file", sample) + "--B--\r\n",
                                       part("file", sample) + part("occixml", document) + "--B--",
                                       "preamble\r\n" + part("other", "x") + part("file", sample) +
                                           part("occixml", document) + "--B--\r\nepilogue"};

using Row = std::tuple<std::string, int, std::string>;
const std::string qcow2_with_backing = [] {
    std::string header("QFI\xfb\0\0\0\3\0\0\0\0\0\0\0\x70\0\0\0\5\0\0\0\x10\0\0\0\0\0\x10\0\0", 32);
    header.resize(0x70, '\0');
    return header + "/etc/" + std::string(65536, '\0');
}();
const std::vector<Row> bad = {
    {part("file", sample) + "--B--", 400, "no field \"occixml\""},
    {part("occixml", document) + part("occixml", document) + "--B--", 400, "two fields \"occixml\""},
    {part("occixml", document) + part("file", sample) + part("file", sample) + "--B--", 400,
     "two fields \"file\""},
    {part("occixml", document) + part("file", sample), 400, "ends before its last boundary"},
    {part("occixml", "<DISK><NAME>") + part("file", sample) + "--B--", 400, ""},
    {part("occixml", "<NETWORK/>") + part("file", sample) + "--B--", 400, ""},
    {part("occixml", document) + part("file", "") + "--B--", 400, "image in field \"file\" is empty"},
    {part("occixml", document) + part("file", qcow2_with_backing) + "--B--", 400, "backing file"},
    {part("occixml", "<DISK><SIZE>1</SIZE></DISK>") + part("file", sample + sample) + "--B--", 400,
     "size of 1 MiB"},
    {part("occixml", document + std::string(1 << 20, ' ')) + part("file", sample) + "--B--", 413, "occixml"},
    {"rubbish", 400, "ends before its last boundary"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_upload, Fixture)

BOOST_DATA_TEST_CASE(makes_a_disk_of_what_is_sent_in_any_order, data::make(good), body) {
    const auto answer = upload(body);
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(support::element(answer.body, "NAME") == "sent");
    BOOST_TEST(support::element(answer.body, "SIZE") == "1");
    const auto shown = client.get("/storage/" + answer.id());
    BOOST_TEST(shown.status == 200);
    BOOST_TEST(shown.body.find("<STATE>") == std::string::npos);
    const auto compute =
        agent.compute("<COMPUTE><DISKS><DISK image=\"" + answer.id() + "\"/></DISKS></COMPUTE>");
    BOOST_TEST(!compute.empty());
}

BOOST_AUTO_TEST_CASE(makes_it_as_large_as_the_document_says) {
    const auto answer =
        upload(part("occixml", "<DISK><NAME>n</NAME><SIZE>5</SIZE></DISK>") + part("file", sample) + "--B--");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(support::element(answer.body, "SIZE") == "5");
}

BOOST_AUTO_TEST_CASE(makes_a_blank_disk_when_there_is_no_image) {
    const auto answer = upload(part("occixml", "<DISK><NAME>n</NAME><SIZE>5</SIZE></DISK>") + "--B--");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(support::element(answer.body, "SIZE") == "5");
}

// OpenNebula's commands name the file of theirs that they send.
BOOST_AUTO_TEST_CASE(shows_no_url_of_what_was_sent) {
    const auto answer =
        upload(part("occixml", "<DISK><NAME>n</NAME><URL>file:///home/me/disk.img</URL></DISK>") +
               part("file", sample) + "--B--");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.body.find("URL") == std::string::npos);
    BOOST_TEST(answer.header("X-OCCI-Agent-Ignored") == "DISK/URL");
    BOOST_TEST(client.get("/storage/" + answer.id()).body.find("URL") == std::string::npos);
}

BOOST_DATA_TEST_CASE(refuses_what_is_wrong_and_leaves_nothing, data::make(bad), body, status, words) {
    const auto answer = upload(body);
    BOOST_TEST(answer.status == status);
    BOOST_TEST_CONTEXT(answer.body) BOOST_TEST(answer.body.find(words) != std::string::npos);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(refuses_a_form_without_a_boundary_before_its_body) {
    wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
    peer.send("POST /storage HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\n"
              "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(peer.receive().status == 400);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(refuses_what_the_pool_has_no_room_for_before_its_body) {
    wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
    peer.send("POST /storage HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string(type) +
              "\r\nContent-Length: 999999999999999\r\nExpect: 100-continue\r\n\r\n");
    const auto answer = peer.receive();
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("no room in the pool") != std::string::npos);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(leaves_nothing_of_one_whose_sender_goes_away) {
    {
        wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
        peer.send("POST /storage HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string(type) +
                  "\r\nContent-Length: 9999999\r\n\r\n" + part("occixml", document) +
                  part("file", sample).substr(0, 300000));
        peer.vanish();
    }
    BOOST_TEST(support::eventually([&] { return nothing_is_left(); }));
}

BOOST_AUTO_TEST_CASE(answers_a_failure_of_the_pool_at_once) {
    agent.host().fail_next("storage.write", Error(Fault::unavailable, "no space left on purpose"));
    wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
    peer.send("POST /storage HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string(type) +
              "\r\nContent-Length: 99999999\r\n\r\n" + part("file", sample));
    const auto answer = peer.receive(); // the rest is never sent
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.body.find("no space left on purpose") != std::string::npos);
    BOOST_TEST(peer.is_closed());
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(happens_once_with_a_key_whatever_the_boundary) {
    const auto first = upload(good[0], {{"Idempotency-Key", "k"}});
    BOOST_TEST(first.status == 201);
    auto other = good[0];
    for (auto at = other.find("--B"); at != other.npos; at = other.find("--B", at + 3))
        other.insert(at + 3, "2");
    const auto again = upload(other, {{"Idempotency-Key", "k"}}, "multipart/form-data; boundary=B2");
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.id() == first.id());
    BOOST_TEST(agent.host().storage().list().size() == 1U);
    BOOST_TEST(
        upload(part("occixml", document) + part("file", sample + "y") + "--B--", {{"Idempotency-Key", "k"}})
            .status == 422);
}

BOOST_AUTO_TEST_CASE(is_for_storage_only) {
    const auto answer =
        client.send("POST", "/compute", part("occixml", document) + "--B--", {{"Content-Type", type}});
    BOOST_TEST(answer.status == 415);
    BOOST_TEST(answer.body.find("at /storage only") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
