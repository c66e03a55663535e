#include "drivers/image/probe.hh"

#include "drivers/image/file.hh"
#include "drivers/image/qcow2_tables.hh"

#include <array>
#include <string_view>

namespace image {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t sector = 512;
constexpr std::uint64_t iso_mark_at = 0x8001;
constexpr auto iso_mark = "CD001"sv;

constexpr auto convert = "make a qcow2 of it by qemu-img convert -O qcow2 ITS-FILE NEW-FILE"sv,
               unpack = "unpack it first"sv, decrypt = "decrypt it first"sv;

struct Mark {
    enum class From { start, end } from;
    std::uint64_t distance;
    std::string_view bytes;
    std::string_view predicate, remedy;
};

constexpr std::array refused_marks{
    Mark{Mark::From::start, 0, "KDMV"sv, "is a VMDK, which is not supported", convert},
    Mark{Mark::From::start, 0, "COWD"sv, "is a VMDK, which is not supported", convert},
    Mark{Mark::From::start, 0, "# Disk DescriptorFile"sv, "is a VMDK descriptor, which is not supported",
         convert},
    Mark{Mark::From::start, 0x40, "\x7f\x10\xda\xbe"sv, "is a VDI, which is not supported", convert},
    Mark{Mark::From::start, 0, "conectix"sv, "is a VHD, which is not supported", convert},
    Mark{Mark::From::end, 512, "conectix"sv, "is a VHD, which is not supported", convert},
    Mark{Mark::From::end, 511, "conectix"sv, "is a VHD, which is not supported",
         convert}, // Virtual PC before 2004
    Mark{Mark::From::start, 0, "vhdxfile"sv, "is a VHDX, which is not supported", convert},
    Mark{Mark::From::start, 0, "QED\0"sv, "is a QED image, which is not supported", convert},
    Mark{Mark::From::start, 0, "LUKS\xba\xbe"sv, "is encrypted with LUKS, which is not supported", decrypt},
    Mark{Mark::From::start, 0, "WithoutFreeSpace"sv, "is a Parallels image, which is not supported", convert},
    Mark{Mark::From::start, 0, "WithouFreSpacExt"sv, "is a Parallels image, which is not supported", convert},
    Mark{Mark::From::start, 0, "Bochs Virtual HD Image"sv, "is a Bochs image, which is not supported",
         convert},
    Mark{Mark::From::start, 0, "#!/bin/sh\n#V2.0 Format\nmodprobe cloop"sv,
         "is a cloop image, which is not supported", convert},
    Mark{Mark::From::end, 512, "koly"sv, "is a DMG, which is not supported", convert},
    Mark{Mark::From::start, 0, "\x1f\x8b\x08"sv, "is compressed with gzip", unpack},
    Mark{Mark::From::start, 0, "\xfd\x37zXZ\0"sv, "is compressed with xz", unpack},
    Mark{Mark::From::start, 0, "\x28\xb5\x2f\xfd"sv, "is compressed with zstd", unpack},
    Mark{Mark::From::start, 0, "BZh"sv, "is compressed with bzip2", unpack},
    Mark{Mark::From::start, 0, "PK\x03\x04"sv, "is a zip archive", unpack},
    Mark{Mark::From::start, 0, "7z\xbc\xaf\x27\x1c"sv, "is a 7z archive", unpack},
    Mark{Mark::From::start, 257, "ustar"sv, "is a tar archive (perhaps an OVA)", unpack},
};

bool stands_in(const File& file, const Mark& mark) {
    if (mark.from == Mark::From::start) return file.has(mark.distance, mark.bytes);
    return file.size() >= mark.distance && file.has(file.size() - mark.distance, mark.bytes);
}

Found probe_raw(const File& file, bool iso) {
    for (const auto& mark : refused_marks)
        if (stands_in(file, mark)) file.refuse(std::string(mark.predicate) + ": " + std::string(mark.remedy));
    if (file.size() > max_virtual_bytes)
        file.refuse("is larger than " + std::to_string(max_virtual_bytes) + " bytes");
    // QEMU shows a guest whole sectors, the last one filled up with zeros.
    return {Kind::raw, (file.size() + sector - 1) / sector * sector, file.size(), file.allocated(), iso,
            true};
}

} // namespace

Found probe(int fd, const std::string& what, const Effort& effort) {
    const File file(fd, what);
    if (file.size() == 0) file.refuse("is empty");
    const bool iso = file.has(iso_mark_at, iso_mark);
    if (!file.has(0, qcow2_magic)) return probe_raw(file, iso);
    if (iso) file.refuse("is a qcow2 and an ISO 9660 at the same time");
    const auto header = check_qcow2_header(file);
    const bool examined = check_qcow2_tables(file, header, effort);
    return {Kind::qcow2, header.virtual_bytes, file.size(), file.allocated(), false, examined};
}

} // namespace image
