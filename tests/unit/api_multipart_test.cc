// multipart/form-data, whole and in pieces, good and bad.
#define BOOST_TEST_DYN_LINK
#include "agent/api/multipart.hh"
#include "agent/base/error.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

struct Collected : api::MultipartReader::Taker {
    Parts parts;
    std::size_t open = 0;
    void begin_part(const std::string& name) override {
        parts.emplace_back(name, "");
        ++open;
    }
    void take_part(std::string_view bytes) override { parts.back().second.append(bytes); }
    void end_part() override { --open; }
};

Parts read(std::string_view body, std::size_t step, std::string_view boundary = "B") {
    Collected collected;
    api::MultipartReader reader(boundary, collected);
    for (std::size_t at = 0; at < body.size(); at += step) reader.take(body.substr(at, step));
    reader.finish();
    BOOST_TEST(collected.open == 0U);
    return std::move(collected.parts);
}

std::string part(const std::string& name, const std::string& content, const std::string& more = "") {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + content +
           "\r\n";
}

std::string why_refused(std::string_view body) {
    try {
        read(body, body.size());
    } catch (const Error& failure) {
        BOOST_TEST((failure.fault() == Fault::invalid));
        return failure.what();
    }
    return "";
}

const std::vector<std::string> good_types = {"multipart/form-data; boundary=B",
                                             "multipart/form-data;boundary=\"B\"",
                                             "Multipart/Form-Data; charset=utf-8; Boundary=B",
                                             " multipart/form-data ; a=\"x;boundary=no\\\"\"; boundary=B "};

const std::vector<std::string> bad_types = {"multipart/form-data",
                                            "multipart/form-data; boundary=",
                                            "multipart/form-data; boundary=\"B",
                                            "multipart/form-data; boundary=\"B \"",
                                            "multipart/form-data; boundary=a\"b",
                                            "multipart/form-data; boundary=" + std::string(71, 'b')};

const std::vector<std::pair<std::string, std::string>> bad_bodies = {
    {"", "ends before its last boundary"},
    {"--B", "ends before its last boundary"},
    {part("a", "x"), "ends before its last boundary"},
    {"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--B--", "ends before its last boundary"},
    {"--B\r\n\r\nx\r\n--B--", "has a part without a name"},
    {"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", "has a part without a name"},
    {"--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--B--", "has a part without a name"},
    {"--B\r\nrubbish\r\n\r\nx\r\n--B--", "that is no header"},
    {"--Bother\r\n\r\nx\r\n--B--", "has something behind a boundary"},
    {"--B\r\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B--", "has something behind a boundary"},
    {"--B\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "more than 8192 bytes"},
    {std::string(9000, 'x'), "does not begin with its boundary"}};

} // namespace

BOOST_AUTO_TEST_SUITE(api_multipart)

BOOST_DATA_TEST_CASE(reads_the_parts_whatever_the_pieces_they_come_in, data::make({1, 2, 3, 7, 64, 4096}),
                     step) {
    const std::string binary("\r\n--\r\n--A\r\r\n-\0\xff--B \n", 21);
    const auto body = "a preamble\r\n" + part("occixml", "<DISK/>") +
                      part("file", binary, "; filename=\"a\\\"b;name=x.img\"") + part("empty", "") +
                      "--B--\r\nan epilogue\r\n--B\r\n";
    const Parts expected = {{"occixml", "<DISK/>"}, {"file", binary}, {"empty", ""}};
    BOOST_TEST((read(body, static_cast<std::size_t>(step)) == expected));
}

BOOST_AUTO_TEST_CASE(reads_what_begins_at_once_with_the_boundary_and_has_blanks_behind_it) {
    BOOST_TEST((read("--B \t\r\ncontent-disposition:form-data;name=a\r\nContent-Length: 1\r\n\r\nx\r\n--B--",
                     5) == Parts{{"a", "x"}}));
}

BOOST_AUTO_TEST_CASE(passes_on_what_may_be_large_without_keeping_it) {
    const std::string large(1 << 20, '\r');
    BOOST_TEST((read(part("file", large) + "--B--", 65536) == Parts{{"file", large}}));
}

BOOST_DATA_TEST_CASE(finds_the_boundary, data::make(good_types), type) {
    BOOST_TEST(api::is_multipart(type));
    BOOST_TEST(api::boundary_of(type) == "B");
}

BOOST_DATA_TEST_CASE(refuses_a_type_without_a_good_boundary, data::make(bad_types), type) {
    BOOST_CHECK_THROW(api::boundary_of(type), Error);
}

BOOST_AUTO_TEST_CASE(knows_other_types_apart) {
    for (const auto* type : {"", "application/xml", "multipart/mixed; boundary=B", "multipart/form-datax"})
        BOOST_TEST(!api::is_multipart(type));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_form_and_says_why) {
    for (const auto& [body, why] : bad_bodies) BOOST_TEST_CONTEXT(body.substr(0, 60))
    BOOST_TEST(why_refused(body).find(why) != std::string::npos);
}

BOOST_DATA_TEST_CASE(takes_as_many_blanks_as_may_be_whatever_the_pieces, data::make({1, 2, 3, 7, 64, 4096}),
                     step) {
    const auto body = "--B" + std::string(64, ' ') + part("a", "x").substr(3) + "--B--";
    BOOST_TEST((read(body, static_cast<std::size_t>(step)) == Parts{{"a", "x"}}));
}

BOOST_AUTO_TEST_CASE(bounds_the_number_of_parts) {
    std::string body;
    for (int i = 0; i < 17; ++i) body += part("a", "");
    BOOST_TEST(why_refused(body + "--B--").find("more than 16 parts") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
