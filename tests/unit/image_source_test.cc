#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "drivers/image/source.hh"
#include "tests/unit/image_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <ostream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace data = boost::unit_test::data;
namespace ut = boost::unit_test;
namespace fs = std::filesystem;
using namespace std::string_literals;

namespace {

struct Case {
    std::string url, answer;
};
std::ostream& operator<<(std::ostream& out, const Case& each) { return out << '"' << each.url << '"'; }

const std::vector<Case> good_urls{
    {"file:///images/a.img", "/images/a.img"},
    {"file://localhost/images/a.img", "/images/a.img"},
    {"FILE://LocalHost/a", "/a"},
    {"file:///with%20blank", "/with blank"},
    {"file:///%c3%A4", "/\xc3\xa4"},
    {"file:///100%25", "/100%"},
    {"file:///a%3fb%23c", "/a?b#c"},
    {"file:////a", "//a"},
    {"file:///", "/"},
};

const std::vector<Case> bad_urls{
    {"http://example.org/a", "only file:// URLs are supported, not http://"},
    {"https://user:secret@example.org/a", "only file:// URLs are supported, not https://"},
    {"nbd://localhost/x", "only file:// URLs are supported, not nbd://"},
    {"/images/a.img", "image /images/a.img is no file:// URL; file:///path/of/the/image is needed"},
    {"", "image  is no file:// URL; file:///path/of/the/image is needed"},
    {"file:/images/a", "image file:/images/a is no file:// URL; file:///path/of/the/image is needed"},
    {"json:{\"file\":\"x\"}",
     "image json:{\"file\":\"x\"} is no file:// URL; file:///path/of/the/image is needed"},
    {"file://", "image file:// has no path"},
    {"file://localhost", "image file://localhost has no path"},
    {"file://host/a", "image file://host/a names the host host; only files of this host can be used, as in "
                      "file:///path/of/the/image"},
    {"file://localhost:80/a",
     "image file://localhost:80/a names the host localhost:80; only files of this host can be used, as in "
     "file:///path/of/the/image"},
    {"file://images/a.img",
     "image file://images/a.img names the host images; only files of this host can be used, as in "
     "file:///path/of/the/image"},
    {"file://user@/a", "a file:// URL must not have a user name in it"},
    {"file://user:secret@localhost/a", "a file:// URL must not have a user name in it"},
    {"file:///a?b", "image file:///a?b has a query (\"?\")"},
    {"file://?/a", "image file://?/a has a query (\"?\")"},
    {"file:///a#b", "image file:///a#b has a fragment (\"#\")"},
    {"file:///a%00b", "image file:///a%00b has a NUL in its path"},
    {"file:///a\0b"s, "image file:///a\\x00b has a NUL in its path"},
    {"file:///%", "image file:///% has a % without two hexadecimal digits"},
    {"file:///%4", "image file:///%4 has a % without two hexadecimal digits"},
    {"file:///%4g", "image file:///%4g has a % without two hexadecimal digits"},
    {"file:///% 1", "image file:///% 1 has a % without two hexadecimal digits"},
};

// "images" is allowed; "secret" beside it is not.
struct Scene {
    ImageFolder temp;
    std::vector<fs::path> allowed{temp.path() / "images"};

    Scene() {
        temp.file("images/a.img", "first");
        temp.file("images/deep/b.img", "second");
        temp.file("secret/c.img", "hidden");
        temp.file("images-2/d.img", "beside");
    }
    std::string url(const std::string& below) const { return "file://" + (temp.path() / below).string(); }
    void link(const fs::path& target, const std::string& name) const {
        fs::create_symlink(target, temp.path() / name);
    }

    std::string content(const std::string& url) const {
        const auto file = image::open(url, allowed);
        std::array<char, 64> buffer{};
        const auto got = ::read(file.get(), buffer.data(), buffer.size());
        BOOST_REQUIRE(got >= 0);
        return {buffer.data(), static_cast<std::size_t>(got)};
    }
    void is_refused(const std::string& url, Fault fault, const std::string& predicate) const {
        BOOST_CHECK_EXCEPTION(image::open(url, allowed), Error, [&](const Error& error) {
            BOOST_TEST(std::string_view(error.what()).ends_with(" " + predicate), error.what());
            return error.fault() == fault;
        });
    }
    void is_outside(const std::string& url) const {
        is_refused(url, Fault::forbidden, "is not below a directory that images may come from");
    }
};

struct IsRoot {
    boost::test_tools::assertion_result operator()(ut::test_unit_id) const {
        boost::test_tools::assertion_result root(::geteuid() == 0);
        root.message() << "only root can make a device";
        return root;
    }
};
} // namespace

BOOST_FIXTURE_TEST_SUITE(image_source, Scene)

BOOST_DATA_TEST_CASE(takes_the_path_out_of, data::make(good_urls), good) {
    BOOST_TEST(image::path_of(good.url).native() == good.answer);
}

BOOST_DATA_TEST_CASE(refuses_the_url, data::make(bad_urls), bad) {
    BOOST_CHECK_EXCEPTION(image::path_of(bad.url), Error, [&](const Error& error) {
        BOOST_TEST(error.what() == bad.answer);
        return error.fault() == Fault::invalid;
    });
}

BOOST_AUTO_TEST_CASE(opens_files_below_the_directory_at_any_depth) {
    BOOST_TEST(content(url("images/a.img")) == "first");
    BOOST_TEST(content(url("images/deep/b.img")) == "second");
    BOOST_TEST(content(url("images//./deep/b.img")) == "second");
    BOOST_TEST(content(url("images/deep/../a.img")) == "first");
}

BOOST_AUTO_TEST_CASE(takes_a_directory_however_it_is_spelled) {
    for (const auto* spelling : {"images/", "images//", "./images", "images/."}) {
        allowed = {temp.path().string() + "/" + spelling};
        BOOST_TEST(content(url("images/a.img")) == "first");
    }
}

BOOST_AUTO_TEST_CASE(gives_a_descriptor_that_children_do_not_inherit) {
    const auto file = image::open(url("images/a.img"), allowed);
    BOOST_TEST((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST((::fcntl(file.get(), F_GETFL) & O_ACCMODE) == O_RDONLY);
}

BOOST_AUTO_TEST_CASE(keeps_to_the_allowed_directories) {
    is_outside("file:///etc/shadow");
    is_outside(url("secret/c.img"));
    is_outside(url("images-2/d.img"));
    is_outside(url(""));
    allowed.clear();
    is_outside(url("images/a.img"));
}

BOOST_AUTO_TEST_CASE(does_not_climb_out) {
    is_outside(url("images/../secret/c.img"));
    is_outside(url("images/%2e%2e/secret/c.img"));
    is_outside(url("images/deep/..%2F../secret/c.img"));
    is_outside(url("images/deep/../../secret/c.img"));
    is_outside(url("images/.."));
    is_outside(url("secret/../images/a.img"));
}

BOOST_AUTO_TEST_CASE(does_not_follow_links_out) {
    link("/etc/passwd", "images/absolute");
    link("../secret/c.img", "images/relative");
    link("../secret", "images/directory");
    link("/proc/self/root", "images/magic");
    link("/proc/self/fd/0", "images/descriptor");
    for (const auto* name : {"absolute", "relative", "directory/c.img", "magic/etc/passwd", "descriptor"})
        is_outside(url("images/"s + name));
}

BOOST_AUTO_TEST_CASE(does_not_tell_what_is_outside) {
    link("/etc/passwd", "images/there");
    link("/etc/no such file", "images/missing");
    link("../secret/missing", "images/missing too");
    for (const auto* name : {"there", "missing", "missing too", "../secret/c.img", "../secret/missing"})
        is_outside(url("images/"s + name));
    is_outside(url("missing/a.img"));
}

BOOST_AUTO_TEST_CASE(follows_links_that_stay_inside) {
    link("deep/b.img", "images/file");
    link("deep", "images/directory");
    link("../a.img", "images/deep/up");
    BOOST_TEST(content(url("images/file")) == "second");
    BOOST_TEST(content(url("images/directory/b.img")) == "second");
    BOOST_TEST(content(url("images/deep/up")) == "first");
}

BOOST_AUTO_TEST_CASE(refuses_links_in_a_circle) {
    link("round", "images/and");
    link("and", "images/round");
    is_outside(url("images/round"));
}

BOOST_AUTO_TEST_CASE(accepts_an_allowed_directory_that_is_a_link) {
    link("secret", "by-link");
    allowed = {temp.path() / "by-link"};
    BOOST_TEST(content(url("by-link/c.img")) == "hidden");
    is_outside(url("secret/c.img"));
    is_outside(url("by-link/../images/a.img"));
}

BOOST_AUTO_TEST_CASE(takes_the_longest_of_several_directories) {
    allowed = {temp.path(), temp.path() / "images" / "deep", temp.path() / "images"};
    BOOST_TEST(content(url("images/deep/b.img")) == "second");
    BOOST_TEST(content(url("secret/c.img")) == "hidden");
    is_outside(url("images/deep/../a.img"));
}

BOOST_AUTO_TEST_CASE(serves_the_whole_host_when_the_root_is_allowed) {
    allowed = {"/"};
    BOOST_TEST(content(url("secret/c.img")) == "hidden");
}

BOOST_AUTO_TEST_CASE(says_that_a_file_does_not_exist) {
    is_refused(url("images/missing"), Fault::invalid, "does not exist");
    is_refused(url("images/a.img/below-a-file"), Fault::invalid, "does not exist");
    is_refused(url("images/" + std::string(300, 'x')), Fault::invalid, "has a path that is too long");
    allowed = {temp.path() / "gone"};
    is_refused(url("gone/a.img"), Fault::invalid, "does not exist");
}

BOOST_AUTO_TEST_CASE(opens_neither_directories_nor_fifos_nor_sockets) {
    BOOST_REQUIRE(::mkfifo((temp.path() / "images/fifo").c_str(), 0600) == 0);
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (temp.path() / "images/socket").string();
    BOOST_REQUIRE(path.size() < sizeof address.sun_path);
    std::strcpy(address.sun_path, path.c_str());
    BOOST_REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    is_refused(url("images"), Fault::invalid, "is a directory, not a regular file");
    is_refused(url("images/deep"), Fault::invalid, "is a directory, not a regular file");
    is_refused(url("images/fifo"), Fault::invalid, "is a FIFO, not a regular file");
    is_refused(url("images/socket"), Fault::invalid, "is a socket, not a regular file");
}

BOOST_TEST_DECORATOR(*ut::precondition(IsRoot{}))
BOOST_AUTO_TEST_CASE(opens_no_device) {
    BOOST_REQUIRE(::mknod((temp.path() / "images/zero").c_str(), S_IFCHR | 0600, ::makedev(1, 5)) == 0);
    BOOST_REQUIRE(::mknod((temp.path() / "images/disk").c_str(), S_IFBLK | 0600, ::makedev(7, 0)) == 0);
    is_refused(url("images/zero"), Fault::invalid, "is a character device, not a regular file");
    is_refused(url("images/disk"), Fault::invalid, "is a block device, not a regular file");
}

BOOST_AUTO_TEST_CASE(says_that_it_may_not_read_a_file) {
    constexpr uid_t nobody = 65534;
    fs::permissions(temp.path(), fs::perms(0755));
    fs::permissions(temp.path() / "images/a.img", fs::perms::none);
    const auto user = ::geteuid();
    if (user == 0) BOOST_REQUIRE(::seteuid(nobody) == 0); // root may read everything
    const Defer again([&] {
        if (user == 0 && ::seteuid(user) != 0) std::abort();
    });
    is_refused(url("images/a.img"), Fault::invalid, "may not be read by this agent");
}

BOOST_AUTO_TEST_SUITE_END()
