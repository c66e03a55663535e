#include "drivers/pool/files_behind.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/reopen.hh"
#include "agent/base/text.hh"
#include "drivers/host/block_device.hh"
#include "drivers/pool/image_names.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hv::pool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 1000; // behind one; libvirt takes 200 layers
constexpr std::string_view raw_ending = ".raw";
constexpr std::array<std::string_view, 2> endings{raw_ending, ".qcow2"};

using Inode = std::pair<dev_t, ino_t>;

Inode inode_of(const struct stat& seen) { return {seen.st_dev, seen.st_ino}; }

// "" for a name that is no volume's.
Uuid id_in(const fs::path& name) {
    const auto stem = name.stem().string(), ending = name.extension().string();
    return is_uuid(stem) && std::ranges::find(endings, ending) != endings.end() ? stem : Uuid();
}

void add(std::vector<Uuid>& to, Uuid id) {
    if (std::ranges::find(to, id) == to.end()) to.push_back(std::move(id));
}

// Not within a longer name.
bool has_name(std::string_view text, std::string_view name) {
    const auto is_part = [&](std::size_t at) {
        const auto byte = at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
        const auto lower = byte | 0x20;
        return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' ||
               byte == '.' || byte >= 0x80;
    };
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1))
        if ((at == 0 || !is_part(at - 1)) && !is_part(at + name.size())) return true;
    return false;
}

// A path, or a name beside the file that has it: nothing that has to be understood first.
bool is_plain(std::string_view name) {
    return name.starts_with('/') || name.find_first_of(":{") == name.npos;
}

// Empty when there are no bytes to be read; otherwise `seen` says what it is.
Descriptor open_bytes(const fs::path& path, struct stat& seen) {
    const Descriptor found(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!found || ::fstat(found.get(), &seen) != 0) return {};
    if (!S_ISREG(seen.st_mode) && !S_ISBLK(seen.st_mode)) return {};
    return reopen(found, O_RDONLY);
}

// The folder, looked at when a name alone does not tell.
class PoolFiles {
public:
    explicit PoolFiles(const fs::path& folder)
        : folder_(folder.has_filename() ? folder : folder.parent_path()), clean_(folder_.lexically_normal()) {
    }

    struct Found {
        std::vector<Uuid> ids;
        bool is_raw = false; // a volume, by its name
    };

    Found at(const fs::path& path) {
        Found found;
        const auto clean = path.lexically_normal();
        struct stat link {};
        const bool is_there = ::lstat(path.c_str(), &link) == 0;
        if (clean.parent_path() == clean_) {
            const bool is_volume = !id_in(clean.filename()).empty();
            if (is_there || is_volume) add_file(found, clean.filename());
            if (is_volume && is_there && S_ISREG(link.st_mode))
                return found; // as most are: no more to be asked
        }
        struct stat file {};
        if (!is_there) return found;
        add_same(found, link);
        if (::stat(path.c_str(), &file) != 0) return found;
        if (S_ISREG(file.st_mode)) add_same(found, file);
        if (S_ISBLK(file.st_mode))
            for (const auto& below : host::files_of_device(file.st_rdev)) add_all(found, at(below));
        return found;
    }

    std::vector<Uuid> mentioned_in(std::string_view text) {
        std::vector<Uuid> ids;
        if (text.empty()) return ids;
        look();
        for (const auto& [inode, name] : *names_) {
            const auto id = id_in(name);
            if (id.empty() ? has_name(text, name) : text.find(id) != text.npos) add(ids, called(name));
        }
        return ids;
    }

private:
    Uuid called(const fs::path& name) const {
        auto id = id_in(name);
        return id.empty() ? (folder_ / name).string() : id;
    }

    void add_file(Found& found, const fs::path& name) const {
        add(found.ids, called(name));
        found.is_raw = found.is_raw || (name.extension() == raw_ending && !id_in(name).empty());
    }

    void add_same(Found& found, const struct stat& file) {
        if (S_ISDIR(file.st_mode)) return;
        look();
        const auto [begin, end] = names_->equal_range(inode_of(file));
        for (auto each = begin; each != end; ++each) add_file(found, each->second);
    }

    static void add_all(Found& found, const Found& more) {
        for (const auto& id : more.ids) add(found.ids, id);
        found.is_raw = found.is_raw || more.is_raw;
    }

    // A link counts for itself and for what it leads to: without it somebody's path may end.
    void look() {
        if (names_) return;
        names_.emplace();
        std::error_code failure;
        for (const auto& entry : fs::directory_iterator(folder_, failure)) {
            struct stat seen {};
            const auto name = entry.path().filename().string();
            if (::lstat(entry.path().c_str(), &seen) != 0 || S_ISDIR(seen.st_mode)) continue;
            names_->emplace(inode_of(seen), name);
            if (S_ISLNK(seen.st_mode) && ::stat(entry.path().c_str(), &seen) == 0 && S_ISREG(seen.st_mode))
                names_->emplace(inode_of(seen), name);
        }
    }

    const fs::path folder_, clean_;
    std::optional<std::multimap<Inode, std::string>> names_;
};

// All that one file, or one text, leads to.
class Trail {
public:
    explicit Trail(PoolFiles& pool) : pool_(pool) {}

    std::vector<Uuid> from(std::string_view asked) {
        if (asked.starts_with(text_prefix))
            begin_with_text(asked.substr(text_prefix.size()));
        else if (asked.starts_with(raw_prefix))
            ways_.push_back({asked.substr(raw_prefix.size()), true, true});
        else
            ways_.push_back({asked, false, true});
        for (; !ways_.empty(); ways_.pop_front()) go(ways_.front(), asked);
        std::vector<Uuid> all = itself_.empty() ? std::vector<Uuid>{""} : itself_;
        for (const auto& id : beneath_) add(all, id);
        return all;
    }

private:
    struct Way {
        fs::path path;
        bool is_raw = false;    // what a guest wrote there names nothing
        bool is_itself = false; // and not beneath it
    };

    // An option that says raw and no other format is of a disk whose bytes are its guest's.
    void begin_with_text(std::string_view text) {
        const auto has = [&](std::string_view word) { return text.find(word) != text.npos; };
        const bool is_raw = (has("=raw") || has("\"raw\"")) && !has("qcow") && !has("qed") && !has("vmdk");
        for (auto& path : paths_in(text))
            if (path.starts_with('/')) ways_.push_back({std::move(path), is_raw, true});
        for (auto& id : pool_.mentioned_in(text)) add(itself_, std::move(id));
    }

    void go(const Way& way, std::string_view asked) {
        auto found = pool_.at(way.path);
        for (auto& id : found.ids) add(way.is_itself ? itself_ : beneath_, std::move(id));
        if (way.is_raw || found.is_raw) return;
        struct stat seen {};
        const auto file = open_bytes(way.path, seen);
        if (!file) return;
        if (!read_.insert(S_ISBLK(seen.st_mode) ? Inode{seen.st_rdev, 0} : inode_of(seen)).second) return;
        if (read_.size() > most_files)
            throw Error(Fault::unavailable, "cannot see who uses what: there is no end of files behind " +
                                                text::printable(std::string(asked)));
        follow(way, names_in_image([&](std::uint64_t at, std::size_t most) {
                   std::string bytes(most, '\0');
                   const auto got =
                       at > INT64_MAX ? -1 : ::pread(file.get(), bytes.data(), most, static_cast<off_t>(at));
                   bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
                   return bytes;
               }));
    }

    void follow(const Way& way, const ImageNames& image) {
        auto unclear = image.unclear;
        for (const auto& name : image.names) {
            for (const auto& path : paths_in(name.text))
                ways_.push_back({way.path.parent_path() / path, name.is_raw, way.is_itself && name.is_data});
            if (!is_plain(name.text)) unclear.append("\n").append(name.text);
        }
        for (auto& id : pool_.mentioned_in(unclear)) add(beneath_, std::move(id));
    }

    PoolFiles& pool_;
    std::deque<Way> ways_;
    std::vector<Uuid> itself_, beneath_;
    std::set<Inode> read_;
};

} // namespace

std::map<std::string, std::vector<Uuid>> files_behind(const fs::path& pool,
                                                      const std::vector<std::string>& files) {
    PoolFiles in_pool(pool);
    std::map<std::string, std::vector<Uuid>> found;
    for (const auto& file : files)
        if (!found.contains(file)) found[file] = Trail(in_pool).from(file);
    return found;
}

} // namespace hv::pool
