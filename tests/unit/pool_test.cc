#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/xml_pool.hh"
#include "drivers/pool/copy.hh"
#include "drivers/pool/passage.hh"
#include "drivers/pool/qcow2_file.hh"
#include "drivers/pool/qemu_img.hh"
#include "drivers/pool/storage.hh"

#include "agent/base/error.hh"
#include "agent/base/process.hh"
#include "tests/support/qemu_img.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace bdata = boost::unit_test::data;
namespace fs = std::filesystem;
using namespace hv::pool;
using hv::Format;
using hv::Volume;

namespace hv {
static std::ostream& operator<<(std::ostream& out, Format format) {
    return out << (format == Format::raw ? "raw" : "qcow2");
}
} // namespace hv

namespace {

const Uuid first_id = "11111111-2222-4333-8444-555555555555";
const Uuid second_id = "66666666-7777-4888-9999-aaaaaaaaaaaa";
constexpr std::uint64_t mebibyte = 1 << 20;

// A folder that plays the pool.
struct Folder {
    support::TempFolder temp;
    VolumeFiles files{temp.path()};

    fs::path file(const std::string& name, const std::string& content = "") const {
        const auto path = temp.path() / name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(temp.path()))
            found.push_back(entry.path().filename());
        std::ranges::sort(found);
        return found;
    }
};

std::string big_endian(std::uint64_t value, std::size_t bytes) {
    std::string out(bytes, '\0');
    for (; bytes-- > 0; value >>= 8) out[bytes] = static_cast<char>(value & 0xff);
    return out;
}

// The header of a qcow2 file by its specification, with the name of its base behind it.
std::string qcow2(std::uint64_t bytes, const std::string& backing = "", unsigned version = 3,
                  std::uint64_t incompatible = 0) {
    const std::size_t length = version == 2 ? 72 : 104;
    std::string header = "QFI\xfb" + big_endian(version, 4) + big_endian(backing.empty() ? 0 : length, 8) +
                         big_endian(backing.size(), 4) + big_endian(16, 4) + big_endian(bytes, 8);
    header.resize(72);
    if (version > 2) {
        header += big_endian(incompatible, 8);
        header.resize(100);
        header += big_endian(length, 4);
    }
    return header + backing;
}

auto fault_is(Fault fault) {
    return [fault](const Error& error) {
        BOOST_TEST_MESSAGE(error.what());
        return error.fault() == fault;
    };
}

Descriptor open_file(const fs::path& path, int flags = O_RDWR) {
    return Descriptor(::open(path.c_str(), flags | O_CLOEXEC));
}

std::string content_of(const fs::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

unsigned mode_of(const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions() & fs::perms::mask);
}

const std::function<void(std::uint64_t)> nobody_looks = [](std::uint64_t) {};

} // namespace

// ---- what there is

BOOST_FIXTURE_TEST_SUITE(volume_files, Folder)

BOOST_AUTO_TEST_CASE(a_raw_volume_is_as_large_as_its_file_and_takes_what_it_takes) {
    fs::resize_file(file(first_id + ".raw", "something"), 64 * mebibyte);
    const auto volume = files.find(first_id).value();
    BOOST_TEST(volume.id == first_id);
    BOOST_TEST(volume.format == Format::raw);
    BOOST_TEST(volume.bytes == 64 * mebibyte);
    BOOST_TEST(volume.allocated < mebibyte);
    BOOST_TEST(volume.path == (temp.path() / (first_id + ".raw")).string());
    BOOST_TEST(volume.backing == "");
}

BOOST_DATA_TEST_CASE(a_qcow2_volume_is_what_its_header_says, bdata::make({2U, 3U}), version) {
    file(first_id + ".qcow2", qcow2(5 * mebibyte, "/somewhere/" + second_id + ".raw", version));
    const auto volume = files.find(first_id).value();
    BOOST_TEST(volume.format == Format::qcow2);
    BOOST_TEST(volume.bytes == 5 * mebibyte);
    BOOST_TEST(volume.backing == second_id);
}

BOOST_AUTO_TEST_CASE(a_base_that_is_no_volume_is_no_backing) {
    file(first_id + ".qcow2", qcow2(mebibyte, "/images/debian.qcow2"));
    BOOST_TEST(files.find(first_id).value().backing == "");
}

BOOST_AUTO_TEST_CASE(lists_volumes_and_nothing_else) {
    file(first_id + ".raw", "x");
    file(second_id + ".qcow2", qcow2(mebibyte));
    for (const auto* name :
         {"debian.qcow2", "README", "11111111-2222-4333-8444-555555555555",
          "11111111-2222-4333-8444-555555555555.iso", "11111111-2222-4333-8444-555555555555.raw.bak",
          "AAAAAAAA-2222-4333-8444-555555555555.raw", ".11111111-2222-4333-8444-555555555555.part"})
        file(name, "x");
    std::vector<Uuid> ids;
    for (const auto& volume : files.list()) ids.push_back(volume.id);
    std::ranges::sort(ids);
    BOOST_TEST(ids == (std::vector{first_id, second_id}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_qcow2_file_that_is_not_whole_is_not_there,
                     bdata::make({std::string(), std::string("QFI\xfb"), qcow2(mebibyte).substr(0, 75),
                                  qcow2(0), qcow2(mebibyte, "/a/long/name").substr(0, 110),
                                  std::string(104, 'x')}),
                     content) {
    file(first_id + ".qcow2", content);
    BOOST_TEST(!files.find(first_id).has_value());
    BOOST_TEST(files.list().empty());
}

// A snapshot that somebody has called "raw", say.
BOOST_AUTO_TEST_CASE(two_files_of_one_volume_are_none_until_one_is_taken_away) {
    file(first_id + ".raw", "bytes of a guest");
    file(first_id + ".qcow2", qcow2(mebibyte));
    BOOST_TEST(files.list().empty());
    BOOST_CHECK_EXCEPTION(files.find(first_id), Error, fault_is(Fault::conflict));
    BOOST_CHECK_EXCEPTION(files.remove(first_id), Error, fault_is(Fault::conflict));
    BOOST_TEST(files.strays().size() == 2U);
    BOOST_TEST(names().size() == 2U);
    fs::remove(temp.path() / (first_id + ".qcow2"));
    BOOST_TEST(files.list().size() == 1U);
    BOOST_TEST(files.find(first_id)->bytes == 16U);
    BOOST_TEST(files.strays().empty());
}

BOOST_AUTO_TEST_CASE(a_link_or_a_folder_is_no_volume) {
    fs::create_symlink("/etc/passwd", temp.path() / (first_id + ".raw"));
    fs::create_directory(temp.path() / (second_id + ".raw"));
    BOOST_TEST(files.list().empty());
    BOOST_TEST(!files.find(first_id).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_uuid_is_never_looked_for) {
    file("x.raw");
    BOOST_TEST(!files.find("x").has_value());
    BOOST_TEST(!files.find("../x").has_value());
    files.remove("x");
    BOOST_TEST(fs::exists(temp.path() / "x.raw"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_seen_is_not_an_empty_one) {
    const VolumeFiles gone(temp.path() / "gone");
    BOOST_CHECK_EXCEPTION(gone.list(), Error, fault_is(Fault::unavailable));
    BOOST_CHECK_EXCEPTION(gone.find(first_id), Error, fault_is(Fault::unavailable));
    BOOST_CHECK_EXCEPTION(gone.available(), Error, fault_is(Fault::unavailable));
}

BOOST_AUTO_TEST_CASE(removing_twice_is_fine) {
    file(first_id + ".raw");
    file(second_id + ".raw");
    for (int time = 0; time < 2; ++time) files.remove(first_id);
    BOOST_TEST(names() == std::vector{second_id + ".raw"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(makes_its_directory_with_all_above_it_to_pass_but_not_to_list) {
    const VolumeFiles deep(temp.path() / "a" / "b");
    for (int time = 0; time < 2; ++time) deep.make_directory();
    for (const auto& path : {temp.path() / "a", temp.path() / "a" / "b"}) BOOST_TEST(mode_of(path) == 0711U);
}

BOOST_AUTO_TEST_CASE(no_directory_is_made_below_a_file) {
    const VolumeFiles below(file("a") / "b");
    BOOST_CHECK_EXCEPTION(below.make_directory(), Error, fault_is(Fault::unavailable));
}

// ---- while it is being filled

BOOST_AUTO_TEST_CASE(a_part_is_no_volume_until_it_is_published) {
    PartFile part(temp.path(), first_id);
    BOOST_TEST(::write(part.descriptor(), "x", 1) == 1);
    BOOST_TEST(!files.find(first_id).has_value());
    part.publish(first_id + ".raw");
    BOOST_TEST(files.find(first_id).value().bytes == 1U);
}

BOOST_AUTO_TEST_CASE(a_published_part_leaves_only_the_volume_which_others_cannot_read) {
    PartFile(temp.path(), first_id).publish(first_id + ".raw");
    BOOST_TEST(names() == std::vector{first_id + ".raw"}, boost::test_tools::per_element());
    BOOST_TEST(mode_of(temp.path() / (first_id + ".raw")) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_not_published_leaves_nothing) {
    { PartFile part(temp.path(), first_id); }
    BOOST_TEST(names().empty());
}

BOOST_AUTO_TEST_CASE(publishing_never_replaces_a_volume) {
    file(first_id + ".raw", "precious");
    BOOST_CHECK_EXCEPTION(PartFile(temp.path(), first_id).publish(first_id + ".raw"), Error,
                          fault_is(Fault::conflict));
    BOOST_TEST(content_of(temp.path() / (first_id + ".raw")) == "precious");
}

BOOST_AUTO_TEST_CASE(a_volume_is_filled_by_one_at_a_time) {
    const PartFile part(temp.path(), first_id);
    BOOST_CHECK_EXCEPTION(PartFile(temp.path(), first_id), Error, fault_is(Fault::conflict));
    BOOST_TEST(names().size() == 1U);
}

BOOST_AUTO_TEST_CASE(removes_what_a_crash_has_left_but_not_what_somebody_fills) {
    file("." + first_id + ".part", "left");
    const PartFile part(temp.path(), second_id);
    file(".other.part");
    files.remove_stale_parts();
    const std::vector<std::string> expected{"." + second_id + ".part", ".other.part"};
    BOOST_TEST(names() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_external_data_file_is_noticed) {
    const auto path = file("x", qcow2(mebibyte, "", 3, 4));
    BOOST_TEST(read_qcow2(open_file(path).get()).value().external_data);
}

BOOST_AUTO_TEST_CASE(a_backing_name_of_absurd_length_is_no_header) {
    auto header = qcow2(mebibyte, "/base");
    header.replace(16, 4, "\xff\xff\xff\xff", 4);
    BOOST_TEST(!read_qcow2(open_file(file("x", header)).get()).has_value());
    header = qcow2(mebibyte, "/base");
    header.replace(8, 8, 8, '\xff');
    BOOST_TEST(!read_qcow2(open_file(file("x", header)).get()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// ---- copying

namespace {

struct Pair : Folder {
    fs::path original = file("original");
    fs::path copy = file("copy");

    void write_original(const std::string& data, std::uint64_t at = 0) const {
        const auto out = open_file(original);
        BOOST_REQUIRE(::pwrite(out.get(), data.data(), data.size(), static_cast<off_t>(at)) ==
                      static_cast<ssize_t>(data.size()));
    }
    void run(std::uint64_t bytes, const std::function<void(std::uint64_t)>& progress = nobody_looks,
             std::stop_token stop = {}) const {
        copy_sparse(open_file(original, O_RDONLY).get(), open_file(copy).get(), bytes, progress, stop);
    }
};

std::uint64_t blocks_of(const fs::path& path) {
    struct stat is {};
    BOOST_REQUIRE(::stat(path.c_str(), &is) == 0);
    return static_cast<std::uint64_t>(is.st_blocks) * 512;
}

struct Shape {
    std::string_view name;
    std::uint64_t data_at;
    std::uint64_t data;
    std::uint64_t bytes;
};
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.name; }

constexpr std::array shapes{
    Shape{"empty", 0, 0, 0},
    Shape{"one byte", 0, 1, 1},
    Shape{"all data", 0, 9 * mebibyte + 17, 9 * mebibyte + 17},
    Shape{"all hole", 0, 0, 9 * mebibyte},
    Shape{"a hole first", 6 * mebibyte, mebibyte, 7 * mebibyte},
    Shape{"a hole last", 0, mebibyte, 20 * mebibyte + 3},
    Shape{"a hole on both ends", 5 * mebibyte, 100, 11 * mebibyte},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(copy_of_an_image, Pair)

BOOST_DATA_TEST_CASE(has_the_same_bytes_and_no_more_blocks, bdata::make(shapes), shape) {
    std::string data(shape.data, 'd');
    for (std::size_t i = 0; i < data.size(); i += 1000) data[i] = static_cast<char>(i / 1000);
    write_original(data, shape.data_at);
    fs::resize_file(original, shape.bytes);
    run(shape.bytes);
    BOOST_TEST(fs::file_size(copy) == shape.bytes);
    BOOST_TEST((content_of(copy) == content_of(original)));
    BOOST_TEST(blocks_of(copy) <= blocks_of(original) + 64 * 1024);
}

BOOST_AUTO_TEST_CASE(tells_rising_numbers_from_nothing_to_all) {
    write_original(std::string(10 * mebibyte, 'x'));
    std::vector<std::uint64_t> told;
    run(10 * mebibyte, [&](std::uint64_t bytes) { told.push_back(bytes); });
    BOOST_TEST(told.front() == 0U);
    BOOST_TEST(told.back() == 10 * mebibyte);
    BOOST_TEST(std::ranges::is_sorted(told));
}

BOOST_AUTO_TEST_CASE(ends_soon_after_it_is_stopped) {
    write_original(std::string(12 * mebibyte, 'x'));
    std::stop_source stop;
    std::uint64_t last = 0;
    const auto stop_at_once = [&](std::uint64_t bytes) {
        last = bytes;
        stop.request_stop();
    };
    BOOST_CHECK_EXCEPTION(run(12 * mebibyte, stop_at_once, stop.get_token()), Error,
                          fault_is(Fault::conflict));
    BOOST_TEST(last == 0U);
}

BOOST_DATA_TEST_CASE(fails_when_the_original_has_become_shorter,
                     bdata::make({std::uint64_t{0}, std::uint64_t{3 * mebibyte}}), left) {
    write_original(std::string(4 * mebibyte, 'x'));
    const auto shorten = [&](std::uint64_t done) {
        if (done == 0) fs::resize_file(original, left);
    };
    BOOST_CHECK_EXCEPTION(run(4 * mebibyte, shorten), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(fails_when_a_hole_at_the_end_has_gone) {
    write_original("x");
    BOOST_CHECK_EXCEPTION(run(mebibyte), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(takes_no_more_than_there_was_at_the_start) {
    write_original(std::string(2 * mebibyte, 'x'));
    run(mebibyte);
    BOOST_TEST(fs::file_size(copy) == mebibyte);
}

BOOST_AUTO_TEST_CASE(is_made_by_hand_where_the_kernel_will_not) {
    write_original(std::string(3 * mebibyte, 'x'));
    // copy_file_range refuses to append; write does not mind.
    copy_sparse(open_file(original, O_RDONLY).get(), open_file(copy, O_RDWR | O_APPEND).get(), 3 * mebibyte,
                nobody_looks, {});
    BOOST_TEST((content_of(copy) == content_of(original)));
}

BOOST_AUTO_TEST_CASE(says_that_there_is_no_space_left) {
    write_original("x");
    const auto full = open_file("/dev/full", O_WRONLY);
    BOOST_REQUIRE(static_cast<bool>(full));
    BOOST_CHECK_EXCEPTION(copy_sparse(open_file(original, O_RDONLY).get(), full.get(), 1, nobody_looks, {}),
                          Error, [](const Error& error) {
                              return error.fault() == Fault::unavailable &&
                                     std::string(error.what()).find("no space left") != std::string::npos;
                          });
}

BOOST_AUTO_TEST_SUITE_END()

// ---- what libvirt says ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_SUITE(xml_pool)

BOOST_AUTO_TEST_CASE(the_directory_of_a_pool_is_read_back) {
    using namespace hv::libvirt;
    BOOST_TEST(directory_of_pool(pool_xml("occi", "/var/lib/a & b")).string() == "/var/lib/a & b");
    BOOST_TEST(directory_of_pool("<pool type='rbd'><name>occi</name></pool>").empty());
}

BOOST_AUTO_TEST_CASE(the_user_of_guests_is_read_from_the_capabilities) {
    const auto with = [](const std::string& label) {
        return hv::libvirt::user_of_guests("<capabilities><host><secmodel><model>apparmor</model></secmodel>"
                                           "<secmodel><model>dac</model><doi>0</doi><baselabel type='kvm'>" +
                                           label + "</baselabel></secmodel></host></capabilities>");
    };
    BOOST_TEST(with("+64055:+109").value() == 64055U);
    for (const auto* label : {"", "+0:+0", "libvirt-qemu:kvm", "+", "+x:+1"})
        BOOST_TEST(!with(label).has_value());
    BOOST_TEST(!hv::libvirt::user_of_guests("<capabilities/>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

// ---- what a volume is made of --------------------------------------------------------------------------------------

namespace {

// qemu-img, past the agent.
using support::qemu_img;
boost::test_tools::assertion_result has_qemu_img(boost::unit_test::test_unit_id) {
    return process::find("qemu-img").has_value();
}

struct Chains : Folder {
    hv::pool::Storage storage{temp.path()};

    fs::path path(const std::string& name) const { return temp.path() / name; }
    std::string overlay_on(const std::string& base, const std::string& name,
                           const std::string& format = "raw") const {
        qemu_img({"create", "-q", "-u", "-f", "qcow2", "-b", base, "-F", format, path(name).string(), "1M"});
        return name;
    }
    // A raw volume that its guest has made look like an image that leads to `target`.
    hv::Volume pretending(const Uuid& id, const std::string& target, bool as_data_file) {
        const auto volume = storage.create(id, mebibyte);
        const auto disguise = path("disguise").string();
        if (as_data_file)
            qemu_img({"create", "-q", "-f", "qcow2", "-o", "data_file=" + target + ",data_file_raw=on",
                      disguise, "1M"});
        else
            qemu_img({"create", "-q", "-u", "-f", "qcow2", "-b", target, "-F", "raw", disguise, "1M"});
        const auto bytes = content_of(disguise);
        fs::remove(disguise);
        const auto file = open_file(volume.path);
        BOOST_TEST(::pwrite(file.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        return volume;
    }
};

const auto nobody_asks = std::stop_token{};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pool_storage, Chains, *boost::unit_test::precondition(has_qemu_img))

BOOST_AUTO_TEST_CASE(a_pool_needs_an_absolute_path) {
    BOOST_CHECK_EXCEPTION(hv::pool::Storage("pool"), Error, fault_is(Fault::invalid));
}

BOOST_AUTO_TEST_CASE(what_prepares_the_folder_is_called_until_it_succeeds) {
    int calls = 0;
    hv::pool::Storage prepared(temp.path(), [&] {
        if (++calls == 1) throw Error(Fault::unavailable, "nobody answers");
    });
    BOOST_CHECK_EXCEPTION(prepared.list(), Error, fault_is(Fault::unavailable));
    for (int time = 0; time < 2; ++time) BOOST_TEST(prepared.list().empty());
    BOOST_TEST(calls == 2);
}

BOOST_DATA_TEST_CASE(an_overlay_is_sound_and_as_large_as_it_was_asked_for,
                     bdata::make({std::uint64_t{512}, mebibyte, std::uint64_t{5} << 30,
                                  std::uint64_t{64} << 40}),
                     bytes) {
    const auto base = storage.create(first_id, 512);
    const auto clone = storage.clone(second_id, base, bytes);
    BOOST_TEST(clone.bytes == bytes);
    BOOST_TEST(clone.backing == first_id);
    BOOST_TEST(clone.allocated < mebibyte);
    qemu_img({"check", "-q", "-f", "qcow2", clone.path});
    const auto info = qemu_img({"info", "--output=json", "-f", "qcow2", clone.path});
    BOOST_TEST(info.find("\"virtual-size\": " + std::to_string(bytes)) != info.npos);
    BOOST_TEST(info.find("\"backing-filename-format\": \"raw\"") != info.npos);
    BOOST_TEST(info.find("\"lazy-refcounts\": true") != info.npos);
    BOOST_TEST(names().size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_that_is_made_is_readable_by_its_owner_alone) {
    const auto base = storage.create(first_id, mebibyte);
    for (const auto& made :
         {base, storage.clone(second_id, base),
          storage.copy(new_uuid(), storage.find(second_id).value(), nobody_looks, nobody_asks)})
        BOOST_TEST(mode_of(made.path) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_raw_volume_grows_as_raw_whatever_a_guest_wrote_on_it) {
    for (const bool as_data_file : {false, true}) {
        const auto volume = pretending(first_id, path("victim"), as_data_file);
        const auto victim = file("victim", std::string(32, 'v')); // qemu-img has made it for itself
        storage.resize(first_id, 256 * mebibyte);
        BOOST_TEST(storage.find(first_id).value().bytes == 256 * mebibyte);
        BOOST_TEST(fs::file_size(volume.path) == 256 * mebibyte);
        const auto copied = storage.copy(second_id, volume, nobody_looks, nobody_asks);
        BOOST_TEST((copied.format == Format::raw));
        BOOST_TEST((content_of(copied.path) == content_of(volume.path)));
        BOOST_TEST(fs::file_size(victim) == 32U);
        BOOST_TEST((content_of(victim) == std::string(32, 'v')));
        for (const auto& id : {first_id, second_id}) storage.remove(id);
    }
}

BOOST_AUTO_TEST_CASE(a_clone_shows_the_bytes_of_its_base_whatever_they_look_like) {
    const auto victim = file("victim", std::string(mebibyte, 'v'));
    const auto base = pretending(first_id, victim, false);
    const auto clone = storage.clone(second_id, base);
    storage.resize(second_id, 3 * mebibyte);
    BOOST_TEST(storage.find(second_id).value().bytes == 3 * mebibyte);
    const auto copied = storage.copy(new_uuid(), clone, nobody_looks, nobody_asks);
    const auto seen = path("seen").string();
    qemu_img({"convert", "-q", "-f", "qcow2", "-O", "raw", copied.path, seen});
    BOOST_TEST((content_of(seen).substr(0, mebibyte) == content_of(base.path)));
}

BOOST_AUTO_TEST_CASE(a_volume_that_leads_elsewhere_is_left_alone) {
    const auto outside = support::TempFolder();
    const auto victim = outside.path() / "victim";
    std::ofstream(victim) << std::string(32, 'v');
    storage.create(first_id, mebibyte);
    for (const auto& target : {victim.string(), std::string("nbd://127.0.0.1:1/x"),
                               "json:{\"driver\":\"file\",\"filename\":\"" + victim.string() + "\"}",
                               path(first_id + ".qcow2").string()}) {
        overlay_on(target, second_id + ".qcow2");
        const auto volume = storage.find(second_id).value();
        BOOST_CHECK_EXCEPTION(storage.resize(second_id, 8 * mebibyte), Error, fault_is(Fault::conflict));
        BOOST_CHECK_EXCEPTION(storage.copy(new_uuid(), volume, nobody_looks, nobody_asks), Error,
                              fault_is(Fault::conflict));
        fs::remove(path(second_id + ".qcow2"));
    }
    // A format that is guessed, or another than the name says.
    overlay_on(path(first_id + ".raw").string(), second_id + ".qcow2", "qcow2");
    BOOST_CHECK_EXCEPTION(storage.resize(second_id, 8 * mebibyte), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(an_image_with_a_data_file_is_neither_grown_nor_copied) {
    qemu_img({"create", "-q", "-f", "qcow2", "-o", "data_file=" + path("data").string(),
              path(first_id + ".qcow2").string(), "1M"});
    BOOST_CHECK_EXCEPTION(storage.resize(first_id, 8 * mebibyte), Error, fault_is(Fault::conflict));
    BOOST_CHECK_EXCEPTION(storage.copy(second_id, storage.find(first_id).value(), nobody_looks, nobody_asks),
                          Error, fault_is(Fault::conflict));
    BOOST_TEST(fs::file_size(path("data")) == mebibyte);
}

// ---- what others put there

BOOST_AUTO_TEST_CASE(what_is_no_volume_is_a_stray) {
    storage.create(first_id, mebibyte);
    file("debian.iso", "12345");
    file(second_id + ".qcow2", "no image");
    file(first_id + ".note");
    fs::create_symlink("/etc/passwd", path("link"));
    fs::create_directory(path(".occi-agent"));
    fs::create_directory(path("lost+found"));
    std::vector<std::string> found;
    for (const auto& stray : storage.strays()) {
        found.push_back(stray.name);
        BOOST_TEST(stray.chain.empty());
    }
    std::ranges::sort(found);
    const std::vector<std::string> expected{second_id + ".qcow2", "debian.iso", "link"};
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_snapshot_made_by_hand_is_a_stray_with_all_that_is_behind_it) {
    const auto base = storage.create(first_id, mebibyte);
    const auto clone = storage.clone(second_id, base, 2 * mebibyte);
    overlay_on(clone.path, second_id + ".snap", "qcow2");
    const auto strays = storage.strays();
    BOOST_TEST_REQUIRE(strays.size() == 1U);
    const std::vector<hv::Layer> expected{
        {path(second_id + ".snap"), Format::qcow2}, {clone.path, Format::qcow2}, {base.path, Format::raw}};
    BOOST_TEST((strays.front().chain == expected));
    BOOST_TEST(strays.front().bytes == mebibyte);
    fs::rename(path(second_id + ".snap"), path("guests.raw")); // what is raw leads nowhere
    BOOST_TEST(storage.strays().front().chain.empty());
}

BOOST_AUTO_TEST_CASE(what_is_seen_through_a_snapshot_becomes_a_volume_that_stands_alone) {
    const auto base = storage.create(first_id, mebibyte);
    overlay_on(base.path, "snap");
    const auto written =
        process::run("/usr/bin/qemu-io", {"-f", "qcow2", "-c", "write -P 0x41 0 4096", path("snap").string()},
                     std::chrono::seconds(60));
    BOOST_TEST(written.status == 0, written.output);
    const std::vector<hv::Layer> chain{{path("snap"), Format::qcow2}, {base.path, Format::raw}};
    const auto made = storage.flatten(second_id, chain, nobody_looks, nobody_asks);
    BOOST_TEST(made.backing == "");
    BOOST_TEST(mode_of(made.path) == 0600U);
    const auto seen = path("seen").string();
    qemu_img({"convert", "-q", "-f", "qcow2", "-O", "raw", made.path, seen});
    BOOST_TEST((content_of(seen) == std::string(4096, 'A') + std::string(mebibyte - 4096, '\0')));
}

BOOST_AUTO_TEST_CASE(a_chain_is_what_its_headers_say_or_is_refused) {
    const auto base = storage.create(first_id, mebibyte);
    overlay_on(base.path, "snap");
    const support::TempFolder elsewhere;
    std::ofstream(elsewhere.path() / "x") << "x";
    const hv::Layer top{path("snap"), Format::qcow2}, bottom{base.path, Format::raw};
    for (const auto& chain : std::vector<std::vector<hv::Layer>>{{},
                                                                 {top},
                                                                 {top, {elsewhere.path() / "x", Format::raw}},
                                                                 {top, {base.path, Format::qcow2}},
                                                                 {{path("snap"), Format::raw}, bottom},
                                                                 {{elsewhere.path() / "x", Format::raw}},
                                                                 {{path("..").string(), Format::raw}}})
        BOOST_CHECK_EXCEPTION(storage.flatten(second_id, chain, nobody_looks, nobody_asks), Error,
                              fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(a_stray_is_opened_and_discarded_by_its_name_and_a_volume_is_not) {
    storage.create(first_id, mebibyte);
    file("stray", "12345");
    fs::create_symlink(path("stray"), path("link"));
    BOOST_TEST(fs::file_size("/proc/self/fd/" + std::to_string(storage.open("stray").get())) == 5U);
    for (const auto* name : {"", ".", "..", "gone", "../x", "/etc/passwd"})
        BOOST_CHECK_EXCEPTION(storage.open(name), Error, fault_is(Fault::not_found));
    BOOST_CHECK_EXCEPTION(storage.open("link"), Error, fault_is(Fault::conflict));
    BOOST_CHECK_EXCEPTION(storage.discard(first_id + ".raw"), Error, fault_is(Fault::conflict));
    for (const auto* name : {"link", "stray", "stray", "../"}) storage.discard(name);
    BOOST_TEST(names() == std::vector{first_id + ".raw"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_stray_that_has_no_bytes_is_no_file_to_be_opened) {
    BOOST_REQUIRE_EQUAL(::mkfifo(path("pipe").c_str(), 0600), 0);
    BOOST_REQUIRE_EQUAL(::mknod(path("socket").c_str(), S_IFSOCK | 0600, 0), 0);
    BOOST_REQUIRE_EQUAL(::mknod(path("device").c_str(), S_IFCHR | 0600, ::makedev(1, 3)), 0);
    for (const auto* name : {"pipe", "socket", "device"})
        BOOST_CHECK_EXCEPTION(storage.open(name), Error, fault_is(Fault::conflict));
}

BOOST_AUTO_TEST_CASE(names_a_volume_that_pretends_to_lead_elsewhere) {
    storage.create(second_id, mebibyte);
    BOOST_TEST(!files.pretender().has_value());
    pretending(first_id, "/etc/shadow", false);
    BOOST_TEST(files.pretender().value() == first_id + ".raw");
}

BOOST_AUTO_TEST_CASE(a_chain_in_words_of_qemu_leaves_nothing_open) {
    BOOST_TEST(
        in_words_of_qemu({{"/p/a\"b", Format::qcow2}, {"/p/c", Format::raw}}) ==
        R"(json:{"driver":"qcow2","file":{"driver":"file","filename":"/p/a\"b"},"backing":{"driver":"raw","file":{"driver":"file","filename":"/p/c"}}})");
    BOOST_TEST(in_words_of_qemu({{"/p/a", Format::qcow2}}) ==
               R"(json:{"driver":"qcow2","file":{"driver":"file","filename":"/p/a"},"backing":null})");
}

BOOST_AUTO_TEST_SUITE_END()

// ---- who passes

BOOST_FIXTURE_TEST_SUITE(pool_passage, Folder)

BOOST_AUTO_TEST_CASE(only_the_user_of_guests_passes_and_only_a_folder_made_for_that) {
    constexpr uid_t somebody = 64055;
    const auto folder = temp.path() / "pool";
    VolumeFiles(folder).make_directory();
    if (!let_only_pass(folder, somebody)) return; // a file system without access lists
    BOOST_TEST(mode_of(folder) == 0710U);
    BOOST_TEST(let_only_pass(folder, somebody), "not a second time");
    fs::permissions(folder, fs::perms(0755));
    BOOST_TEST(!let_only_pass(folder, somebody));
    BOOST_TEST(mode_of(folder) == 0755U);
}

BOOST_AUTO_TEST_SUITE_END()
