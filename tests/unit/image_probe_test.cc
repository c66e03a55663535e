// Hand-made images, so that each field can be wrong alone; and, where qemu-img is installed, the real things.
#define BOOST_TEST_DYN_LINK
#include "agent/base/big_endian.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/process.hh"
#include "drivers/image/probe.hh"
#include "tests/support/qemu_img.hh"
#include "tests/unit/image_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fcntl.h>
#include <functional>
#include <ostream>
#include <unistd.h>
#include <vector>

namespace data = boost::unit_test::data;
namespace ut = boost::unit_test;
using namespace std::string_literals;

namespace {

constexpr std::size_t cluster = 65536;
constexpr std::uint64_t mebibyte = 1 << 20;

void put(std::string& bytes, std::size_t at, std::size_t width, std::uint64_t number) {
    bytes.replace(at, width, to_big_endian(number, width));
}

// A sound and empty image of 1 MiB: header, refcount table, refcount block and an L1 table of one entry.
std::string sound_qcow2(unsigned version = 3) {
    std::string bytes(3 * cluster + 8, '\0');
    bytes.replace(0, 4, "QFI\xfb");
    put(bytes, 4, 4, version);
    put(bytes, 20, 4, 16);
    put(bytes, 24, 8, mebibyte);
    put(bytes, 36, 4, 1);
    put(bytes, 40, 8, 3 * cluster);
    put(bytes, 48, 8, cluster);
    put(bytes, 56, 4, 1);
    put(bytes, cluster, 8, 2 * cluster);
    for (std::size_t each = 0; each < 4; ++each) put(bytes, 2 * cluster + 2 * each, 2, 1);
    if (version >= 3) {
        put(bytes, 96, 4, 4);
        put(bytes, 100, 4, 112);
    }
    return bytes;
}

struct Change {
    std::size_t at, width;
    std::uint64_t number;
};

struct Broken {
    std::string what; // what is wrong with it
    std::vector<Change> changes;
    std::string sentence; // a part of the refusal
};
std::ostream& operator<<(std::ostream& out, const Broken& broken) { return out << broken.what; }

const std::vector<Broken> broken_images{
    {"version 1", {{4, 4, 1}}, "is a qcow2 of version 1"},
    {"version 4", {{4, 4, 4}}, "is a qcow2 of version 4"},
    {"a backing file", {{8, 8, 0x200}, {16, 4, 11}}, "has a backing file"},
    {"a backing file without a name", {{8, 8, 0x200}}, "has a backing file"},
    {"AES", {{32, 4, 1}}, "is encrypted"},
    {"LUKS", {{32, 4, 2}}, "is encrypted"},
    {"clusters of 256 bytes", {{20, 4, 8}}, "has clusters of 2^8 bytes"},
    {"clusters of 4 MiB", {{20, 4, 22}}, "has clusters of 2^22 bytes"},
    {"absurd cluster bits", {{20, 4, 0xffffffff}}, "has clusters of 2^4294967295 bytes"},
    {"no size", {{24, 8, 0}}, "has a virtual size of 0"},
    {"more than 64 TiB",
     {{24, 8, image::max_virtual_bytes + 1}},
     "has a virtual size of 70368744177665 bytes"},
    {"a negative size", {{24, 8, ~std::uint64_t{0}}}, "has a virtual size of 18446744073709551615 bytes"},
    {"no L1 entry", {{36, 4, 0}}, "L1 table that is too small"},
    {"an L1 table too small for 1 TiB", {{24, 8, std::uint64_t{1} << 40}}, "L1 table that is too small"},
    {"an enormous L1 table", {{36, 4, 0xffffffff}}, "L1 table that is too large"},
    {"an L1 table beyond the end", {{40, 8, 64 * cluster}}, "ends before the end of its L1 table"},
    {"an L1 table that reaches beyond the end", {{36, 4, 2}}, "ends before the end of its L1 table"},
    {"an L1 table whose end overflows",
     {{36, 4, 8192}, {40, 8, ~std::uint64_t{cluster - 1}}},
     "ends before the end of its L1 table"},
    {"an L1 table in the header", {{40, 8, 0}}, "L1 table at an impossible place"},
    {"an L1 table between clusters", {{40, 8, 3 * cluster - 8}}, "L1 table at an impossible place"},
    {"no refcount table", {{56, 4, 0}}, "has no refcount table"},
    {"an enormous refcount table", {{56, 4, 0xffffffff}}, "refcount table that is too large"},
    {"a refcount table beyond the end", {{48, 8, 16 * cluster}}, "ends before the end of its refcount table"},
    {"a refcount table in the header", {{48, 8, 0}}, "refcount table at an impossible place"},
    {"too many snapshots", {{60, 4, 65537}, {64, 8, cluster}}, "too many internal snapshots"},
    {"snapshots beyond the end",
     {{60, 4, 3}, {64, 8, 9 * cluster}},
     "ends before the end of its snapshot table"},
    {"snapshots that reach beyond the end",
     {{60, 4, 1}, {64, 8, 3 * cluster}},
     "ends before the end of its snapshot"},
    {"an L2 table beyond the end", {{3 * cluster, 8, std::uint64_t{1} << 63 | 9 * cluster}}, "is cut short"},
    {"the dirty bit", {{72, 8, 1}}, "was not closed cleanly"},
    {"the corrupt bit", {{72, 8, 2}}, "is marked as corrupt"},
    {"an external data file", {{72, 8, 4}}, "keeps its data in an external file"},
    {"an unknown feature", {{72, 8, 1 << 5}}, "feature that is not known here"},
    {"the last unknown feature", {{72, 8, std::uint64_t{1} << 63}}, "feature that is not known here"},
    {"an unknown compression", {{72, 8, 8}, {104, 1, 2}}, "compressed in a way"},
    {"a compression without its bit", {{104, 1, 1}}, "compressed in a way"},
    {"a compression bit without a type", {{72, 8, 8}}, "compressed in a way"},
    {"small clusters with extended L2", {{72, 8, 16}, {20, 4, 13}}, "extended L2 entries"},
    {"wide reference counts", {{96, 4, 7}}, "reference counts that are too wide"},
    {"a short header", {{100, 4, 72}}, "header of an impossible length"},
    {"a header beyond its cluster", {{100, 4, cluster + 8}}, "header of an impossible length"},
    {"a data file name", {{112, 4, 0x44415441}, {116, 4, 11}}, "names an external data file"},
    {"an encryption header", {{112, 4, 0x0537be77}, {116, 4, 16}}, "is encrypted"},
    {"a data file name behind another extension",
     {{112, 4, 0x6803f857}, {116, 4, 3}, {128, 4, 0x44415441}, {132, 4, 11}},
     "names an external data file"},
    {"an extension beyond its cluster",
     {{112, 4, 0x6803f857}, {116, 4, 0xfffffff8}},
     "extension that does not fit"},
    {"an ISO 9660 inside", {{0x8001, 5, 0x4344303031}}, "is a qcow2 and an ISO 9660"},
};

struct Foreign {
    std::string name;
    std::function<std::string()> bytes;
    std::string sentence;
};
std::ostream& operator<<(std::ostream& out, const Foreign& foreign) { return out << foreign.name; }

std::function<std::string()> at_start(const std::string& mark, std::size_t distance = 0) {
    return [=] { return std::string(distance, '\0') + mark + std::string(4096, '\0'); };
}
std::function<std::string()> at_end(const std::string& mark, std::size_t distance) {
    return [=] { return std::string(8192, '\0') + mark + std::string(distance - mark.size(), '\0'); };
}

const std::vector<Foreign> foreign_images{
    {"sparse vmdk", at_start("KDMV"), "is a VMDK"},
    {"vmdk of ESX", at_start("COWD"), "is a VMDK"},
    {"vmdk descriptor", at_start("# Disk DescriptorFile\nversion=1\n"), "is a VMDK descriptor"},
    {"vdi", at_start("\x7f\x10\xda\xbe", 0x40),
     "is a VDI, which is not supported: make a qcow2 of it by qemu-img convert -O qcow2"},
    {"dynamic vhd", at_start("conectix"), "is a VHD,"},
    {"fixed vhd", at_end("conectix", 512), "is a VHD,"},
    {"old fixed vhd", at_end("conectix", 511), "is a VHD,"},
    {"vhdx", at_start("vhdxfile"), "is a VHDX"},
    {"qed", at_start("QED\0"s), "is a QED"},
    {"luks", at_start("LUKS\xba\xbe"), "is encrypted with LUKS, which is not supported: decrypt it first"},
    {"old parallels", at_start("WithoutFreeSpace"), "is a Parallels"},
    {"parallels", at_start("WithouFreSpacExt"), "is a Parallels"},
    {"bochs", at_start("Bochs Virtual HD Image"), "is a Bochs"},
    {"cloop", at_start("#!/bin/sh\n#V2.0 Format\nmodprobe cloop file"), "is a cloop"},
    {"dmg", at_end("koly", 512), "is a DMG"},
    {"gzip", at_start("\x1f\x8b\x08"), "is compressed with gzip: unpack it first"},
    {"xz", at_start("\xfd\x37zXZ\0"s), "is compressed with xz"},
    {"zstd", at_start("\x28\xb5\x2f\xfd"), "is compressed with zstd"},
    {"bzip2", at_start("BZh91AY&SY"), "is compressed with bzip2"},
    {"zip", at_start("PK\x03\x04"), "is a zip archive"},
    {"7z", at_start("7z\xbc\xaf\x27\x1c"), "is a 7z archive"},
    {"tar", at_start("ustar", 257), "is a tar archive"},
    {"nothing", [] { return ""s; }, "is empty"},
    {"a qcow2 magic and no more", [] { return "QFI\xfb"s; }, "is cut short inside of its qcow2 header"},
    {"a qcow2 magic and rubbish", [] { return "QFI\xfb"s + std::string(4096, 'x'); },
     "is a qcow2 of version"},
    {"half of a version 3 header", [] { return sound_qcow2().substr(0, 100); },
     "is cut short inside of its qcow2 header"},
    {"a header and nothing else", [] { return sound_qcow2().substr(0, 512); },
     "ends before the end of its L1 table"},
};

struct Scene {
    ImageFolder temp;

    image::Found found(const std::filesystem::path& path, const std::string& what = "file:///images/a") {
        const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        BOOST_REQUIRE(static_cast<bool>(file));
        return image::probe(file.get(), what);
    }
    image::Found found_in(const std::string& bytes, std::uint64_t hole_up_to = 0) {
        return found(temp.file("image", bytes, hole_up_to));
    }
    // The refusal, or "" when there was none.
    std::string refusal(const std::filesystem::path& path) try {
        found(path);
        return {};
    } catch (const Error& error) {
        BOOST_TEST((error.fault() == Fault::invalid));
        return error.what();
    }
};

void has_part(const std::string& sentence, const std::string& part) {
    BOOST_TEST(sentence.find(part) != std::string::npos,
               "\"" << sentence << "\" should have \"" << part << "\"");
}

struct HasQemuImg {
    boost::test_tools::assertion_result operator()(ut::test_unit_id) const {
        boost::test_tools::assertion_result there(process::find("qemu-img").has_value());
        there.message() << "qemu-img is not installed";
        return there;
    }
};

using support::qemu_img;

struct Real {
    std::string name;
    std::vector<std::string> options; // of qemu-img create
    std::string sentence;             // of the refusal; empty: it is fine
};
std::ostream& operator<<(std::ostream& out, const Real& real) { return out << real.name; }

const std::vector<Real> real_images{
    {"raw", {"-f", "raw"}, ""},
    {"qcow2", {"-f", "qcow2"}, ""},
    {"qcow2 of version 2", {"-f", "qcow2", "-o", "compat=0.10"}, ""},
    {"qcow2 with the smallest clusters", {"-f", "qcow2", "-o", "cluster_size=512"}, ""},
    {"qcow2 with the largest clusters", {"-f", "qcow2", "-o", "cluster_size=2M"}, ""},
    {"qcow2 with zstd", {"-f", "qcow2", "-o", "compression_type=zstd"}, ""},
    {"qcow2 with extended L2", {"-f", "qcow2", "-o", "extended_l2=on"}, ""},
    {"qcow2 with all metadata", {"-f", "qcow2", "-o", "preallocation=metadata"}, ""},
    {"qcow2 with lazy and narrow reference counts",
     {"-f", "qcow2", "-o", "lazy_refcounts=on,refcount_bits=1"},
     ""},
    {"qcow2 with a backing file", {"-f", "qcow2", "-b", "/etc/passwd", "-F", "raw"}, "has a backing file"},
    {"qcow2 with AES",
     {"-f", "qcow2", "--object", "secret,id=s,data=x", "-o", "encrypt.format=aes,encrypt.key-secret=s"},
     "is encrypted"},
    {"qcow2 with LUKS",
     {"-f", "qcow2", "--object", "secret,id=s,data=x", "-o",
      "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"},
     "is encrypted"},
    {"qcow", {"-f", "qcow"}, "is a qcow2 of version 1"},
    {"vmdk", {"-f", "vmdk"}, "is a VMDK"},
    {"vmdk in parts", {"-f", "vmdk", "-o", "subformat=monolithicFlat"}, "is a VMDK descriptor"},
    {"vdi",
     {"-f", "vdi"},
     "is a VDI, which is not supported: make a qcow2 of it by qemu-img convert -O qcow2"},
    {"vhdx", {"-f", "vhdx"}, "is a VHDX"},
    {"dynamic vhd", {"-f", "vpc"}, "is a VHD,"},
    {"fixed vhd", {"-f", "vpc", "-o", "subformat=fixed"}, "is a VHD,"},
    {"qed", {"-f", "qed"}, "is a QED"},
    {"luks",
     {"-f", "luks", "--object", "secret,id=s,data=x", "-o", "key-secret=s,iter-time=10"},
     "is encrypted with LUKS, which is not supported: decrypt it first"},
    {"parallels", {"-f", "parallels"}, "is a Parallels"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(image_probe, Scene)

BOOST_AUTO_TEST_CASE(takes_anything_without_a_known_mark_as_raw) {
    const auto seen = found_in("#!boot sector", 3 * mebibyte);
    BOOST_TEST((seen.kind == image::Kind::raw));
    BOOST_TEST(seen.virtual_bytes == 3 * mebibyte);
    BOOST_TEST(seen.file_bytes == 3 * mebibyte);
    BOOST_TEST(!seen.iso);
}

BOOST_AUTO_TEST_CASE(counts_whole_sectors_for_the_guest) {
    const auto seen = found_in("x", 1000);
    BOOST_TEST(seen.virtual_bytes == 1024U);
    BOOST_TEST(seen.file_bytes == 1000U);
}

BOOST_AUTO_TEST_CASE(believes_the_bytes_and_not_the_name) {
    BOOST_TEST((found(temp.file("raw.qcow2", "x")).kind == image::Kind::raw));
    BOOST_TEST((found(temp.file("qcow2.raw", sound_qcow2())).kind == image::Kind::qcow2));
}

BOOST_AUTO_TEST_CASE(notices_an_iso) {
    const auto seen = found_in(std::string(0x8001, '\0') + "CD001", mebibyte);
    BOOST_TEST((seen.kind == image::Kind::raw));
    BOOST_TEST(seen.iso);
}

BOOST_DATA_TEST_CASE(accepts_a_sound_qcow2, data::make({2U, 3U}), version) {
    const auto seen = found_in(sound_qcow2(version));
    BOOST_TEST((seen.kind == image::Kind::qcow2));
    BOOST_TEST(seen.virtual_bytes == mebibyte);
    BOOST_TEST(seen.file_bytes == 3 * cluster + 8);
}

BOOST_AUTO_TEST_CASE(accepts_the_largest_virtual_size) {
    auto bytes = sound_qcow2();
    put(bytes, 20, 4, 21); // clusters of 2 MiB, each L2 table covers 512 GiB
    put(bytes, 24, 8, image::max_virtual_bytes);
    put(bytes, 36, 4, 128);
    put(bytes, 40, 8, 4 * mebibyte);
    put(bytes, 48, 8, 2 * mebibyte);
    bytes.resize(7 * mebibyte);
    put(bytes, cluster, 8, 0);
    for (std::size_t each = 0; each < 4; ++each) {
        put(bytes, 2 * cluster + 2 * each, 2, 0);
        put(bytes, 6 * mebibyte + 2 * each, 2, 1);
    }
    put(bytes, 2 * mebibyte, 8, 6 * mebibyte);
    BOOST_TEST(found_in(bytes, 8 * mebibyte).virtual_bytes == image::max_virtual_bytes);
}

BOOST_AUTO_TEST_CASE(accepts_zstd_and_unknown_extensions_that_are_only_hints) {
    auto bytes = sound_qcow2();
    put(bytes, 72, 8, 8);
    put(bytes, 104, 1, 1);
    put(bytes, 112, 4, 0x12345678);
    put(bytes, 116, 4, 5);
    BOOST_TEST((found_in(bytes).kind == image::Kind::qcow2));
}

BOOST_AUTO_TEST_CASE(ignores_the_fields_of_version_3_in_version_2) {
    auto bytes = sound_qcow2(2);
    put(bytes, 72, 4, 0); // an end of the extensions, where version 3 has its feature bits
    put(bytes, 76, 4, 0xff);
    BOOST_TEST((found_in(bytes).kind == image::Kind::qcow2));
}

BOOST_DATA_TEST_CASE(refuses_a_qcow2_with, data::make(broken_images), broken) {
    auto bytes = sound_qcow2();
    for (const auto& change : broken.changes) put(bytes, change.at, change.width, change.number);
    has_part(refusal(temp.file("image", bytes)), broken.sentence);
}

BOOST_DATA_TEST_CASE(refuses_by_its_mark, data::make(foreign_images), foreign) {
    has_part(refusal(temp.file("image", foreign.bytes())), foreign.sentence);
}

BOOST_AUTO_TEST_CASE(never_takes_a_truncated_qcow2_for_raw) {
    const auto whole = sound_qcow2();
    const auto path = temp.file("image", whole);
    for (std::size_t length = 4; length < whole.size(); length += length < 200 ? 1 : 4099) {
        std::filesystem::resize_file(path, length);
        BOOST_TEST(!refusal(path).empty(), "accepted when cut to " << length << " bytes");
        temp.file("image", whole);
    }
}

BOOST_AUTO_TEST_CASE(refuses_a_raw_file_that_is_too_large) {
    const auto path = temp.file("image", "x");
    std::error_code failure;
    std::filesystem::resize_file(path, image::max_virtual_bytes + 512, failure);
    if (failure)
        BOOST_TEST_MESSAGE("no file of 64 TiB can be made here: " << failure.message());
    else
        has_part(refusal(path), "is larger than 70368744177664 bytes");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_regular_file) {
    has_part(refusal(temp.path()), "is no regular file");
}

BOOST_AUTO_TEST_CASE(names_the_image_without_its_control_characters) {
    const auto path = temp.file("image", "");
    BOOST_CHECK_EXCEPTION(found(path, "file:///a\nb"), Error, [](const Error& error) {
        return error.what() == "image file:///a\\x0ab is empty"s;
    });
}

BOOST_AUTO_TEST_CASE(does_not_move_the_descriptor) {
    const Descriptor file(::open(temp.file("image", sound_qcow2()).c_str(), O_RDONLY | O_CLOEXEC));
    BOOST_REQUIRE(::lseek(file.get(), 7, SEEK_SET) == 7);
    image::probe(file.get(), "image");
    BOOST_TEST(::lseek(file.get(), 0, SEEK_CUR) == 7);
}

BOOST_TEST_DECORATOR(*ut::precondition(HasQemuImg{}))
BOOST_DATA_TEST_CASE(agrees_with_qemu_img_about, data::make(real_images), real) {
    const auto path = temp.path() / "image";
    std::vector<std::string> arguments{"create", "-q"};
    arguments.insert(arguments.end(), real.options.begin(), real.options.end());
    // A backing file is only named: whether it could back anything is not asked (-u).
    arguments.insert(arguments.end(), {"-u", path.string(), "64M"});
    qemu_img(arguments);
    if (!real.sentence.empty()) return has_part(refusal(path), real.sentence);
    BOOST_TEST(found(path).virtual_bytes == 64 * mebibyte);
}

BOOST_TEST_DECORATOR(*ut::precondition(HasQemuImg{}))
BOOST_AUTO_TEST_CASE(refuses_a_real_external_data_file) {
    const auto path = temp.path() / "image";
    qemu_img({"create", "-q", "-f", "qcow2", "-o",
              "data_file=" + (temp.path() / "data").string() + ",data_file_raw=on", path, "1M"});
    has_part(refusal(path), "keeps its data in an external file");
}

BOOST_TEST_DECORATOR(*ut::precondition(HasQemuImg{}))
BOOST_AUTO_TEST_CASE(accepts_real_data_compressed_or_not_with_snapshots_and_bitmaps) {
    const auto raw = temp.file("raw", std::string(3 * mebibyte, 'x'), 64 * mebibyte);
    const auto plain = temp.path() / "plain", compressed = temp.path() / "compressed";
    qemu_img({"convert", "-f", "raw", "-O", "qcow2", raw, plain});
    qemu_img({"convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compression_type=zstd", raw, compressed});
    qemu_img({"snapshot", "-c", "before", plain});
    qemu_img({"bitmap", "--add", plain, "changes"});
    BOOST_TEST(found(plain).virtual_bytes == 64 * mebibyte);
    BOOST_TEST(found(compressed).virtual_bytes == 64 * mebibyte);
}

BOOST_TEST_DECORATOR(*ut::precondition(HasQemuImg{}))
BOOST_AUTO_TEST_CASE(refuses_a_real_download_that_was_cut_short) {
    const auto raw = temp.file("raw", std::string(3 * mebibyte, 'x'), 2048 * mebibyte);
    std::ofstream(raw, std::ios::in | std::ios::binary).seekp(1800 * mebibyte) << "the last of it";
    const auto path = temp.path() / "image";
    qemu_img({"convert", "-f", "raw", "-O", "qcow2", raw, path});
    BOOST_TEST(found(path).virtual_bytes == 2048 * mebibyte);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    has_part(refusal(path), "is cut short");
}

BOOST_AUTO_TEST_SUITE_END()
