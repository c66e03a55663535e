#include "agent/render/opennebula_words.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace render::opennebula {
namespace {

// What an element is, wherever it stands; a leaf has text.
enum class Node {
    leaf,
    compute,
    network,
    storage,
    type,
    disks,
    disk,
    swap,
    file_system,
    nics,
    nic,
    reference, // STORAGE and NETWORK with an href
    user,
    context
};

enum class Fate {
    done,     // or refused: the reader and the services say which
    asked,    // done in a change; in a creation nothing that could be
    restated, // what an entry shows: in a change it may come back, or has to
    device    // done when it is one that a disk can have here
};

struct Word {
    Node in;
    std::string_view name; // "@href": an attribute
    Fate fate = Fate::done;
    Node is = Node::leaf;
};

constexpr std::array words{
    Word{Node::compute, "@href", Fate::restated},
    Word{Node::compute, "ID", Fate::restated},
    Word{Node::compute, "USER", Fate::restated, Node::user},
    Word{Node::compute, "GROUP", Fate::restated},
    Word{Node::compute, "NAME"},
    Word{Node::compute, "TYPE"},
    Word{Node::compute, "INSTANCE_TYPE", Fate::done, Node::type},
    Word{Node::compute, "STATE", Fate::asked},
    Word{Node::compute, "MESSAGE", Fate::restated},
    Word{Node::compute, "CONDITION", Fate::restated},
    Word{Node::compute, "REASON", Fate::restated},
    Word{Node::compute, "CPU"},
    Word{Node::compute, "MEMORY"},
    Word{Node::compute, "DISKS", Fate::done, Node::disks},
    Word{Node::compute, "STORAGE", Fate::done, Node::disks},
    Word{Node::compute, "DISK", Fate::done, Node::disk},
    Word{Node::compute, "NICS", Fate::done, Node::nics},
    Word{Node::compute, "NETWORK", Fate::done, Node::nics},
    Word{Node::compute, "NIC", Fate::done, Node::nic},
    Word{Node::compute, "CONTEXT", Fate::done, Node::context},
    Word{Node::type, "@href"},
    Word{Node::disks, "DISK", Fate::done, Node::disk},
    Word{Node::disks, "SWAP", Fate::done, Node::swap},
    Word{Node::disks, "FS", Fate::done, Node::file_system},
    Word{Node::disk, "@image"},
    Word{Node::disk, "@href"},
    Word{Node::disk, "@dev", Fate::device},
    Word{Node::disk, "TARGET", Fate::device},
    Word{Node::disk, "STORAGE", Fate::done, Node::reference},
    Word{Node::disk, "SAVE_AS"}, // refused
    Word{Node::swap, "@size"},
    Word{Node::swap, "SIZE"},
    Word{Node::swap, "@dev", Fate::device},
    Word{Node::swap, "TARGET", Fate::device},
    Word{Node::file_system, "@size"},
    Word{Node::file_system, "SIZE"},
    Word{Node::file_system, "@format"},
    Word{Node::file_system, "FORMAT"},
    Word{Node::file_system, "@dev", Fate::device},
    Word{Node::file_system, "TARGET", Fate::device},
    Word{Node::nics, "NIC", Fate::done, Node::nic},
    Word{Node::nic, "@network"},
    Word{Node::nic, "@href"},
    Word{Node::nic, "@ip"},
    Word{Node::nic, "@mac"},
    Word{Node::nic, "UUID"},
    Word{Node::nic, "IP"},
    Word{Node::nic, "MAC"},
    Word{Node::nic, "NETWORK", Fate::done, Node::reference},
    Word{Node::reference, "@href"},
    Word{Node::user, "@href", Fate::restated},
    Word{Node::user, "@name", Fate::restated},
    Word{Node::context, "HOSTNAME"},
    Word{Node::context, "SSH_PUBLIC_KEY"},
    Word{Node::context, "USER_DATA"},
    Word{Node::network, "NAME"},
    Word{Node::network, "DESCRIPTION"},
    Word{Node::network, "ADDRESS"},
    Word{Node::network, "SIZE"},
    Word{Node::network, "MODE"},
    Word{Node::network, "BRIDGE"},
    Word{Node::storage, "NAME"},
    Word{Node::storage, "DESCRIPTION"},
    Word{Node::storage, "SIZE"},
    Word{Node::storage, "URL"},
};

struct Root {
    std::string_view name;
    Node is;
};
constexpr std::array roots{Root{"COMPUTE", Node::compute}, Root{"NETWORK", Node::network},
                           Root{"NIC", Node::network}, Root{"DISK", Node::storage},
                           Root{"STORAGE", Node::storage}};

// Release 1.4 answered <DISK type="swap" size=...> for what it took as <SWAP size=...>.
Node disk_in(const xml::Element& element) {
    const auto* type = element.attribute("type");
    if (type && text::same(*type, "swap")) return Node::swap;
    return type && text::same(*type, "fs") ? Node::file_system : Node::disk;
}

// <FS type="fs"> and <DISK type="disk"> say twice what they are.
bool says_what_it_is(const xml::Element& element, std::string_view type) {
    if (element.name == "DISK" && (text::same(type, "swap") || text::same(type, "fs"))) return true;
    return text::same(type, element.name);
}

// In which text means nothing.
constexpr std::array containers{Node::compute, Node::network, Node::storage,     Node::disks,
                                Node::swap,    Node::nics,    Node::file_system, Node::context};

bool is_used(const Word& word, Purpose purpose, std::string_view value) {
    const bool is_change = purpose == Purpose::change;
    switch (word.fate) {
    case Fate::done: return true;
    case Fate::asked:
    case Fate::restated: return is_change;
    case Fate::device: return is_change || !device_named(value).empty();
    }
    return false;
}

class Walk {
public:
    Walk(Purpose purpose, PassedOver& unused) : purpose_(purpose), unused_(unused) {}

    void look_at(const xml::Element& element, Node node, const std::string& place) {
        const bool is_disk = node == Node::disk || node == Node::swap || node == Node::file_system;
        for (const auto& [name, value] : element.attributes)
            if (!(is_disk && name == "type" && says_what_it_is(element, value)))
                find(node, "@" + name, value, place);
        if (std::ranges::find(containers, node) != containers.end() && !text::trim(element.text).empty())
            unused_.add(place + "/text()");
        for (const auto& child : element.children)
            if (const auto* word = find(node, child.name, child.text, place))
                look_at(child, word->is == Node::disk ? disk_in(child) : word->is, place + "/" + child.name);
    }

private:
    // nullptr, and named: there is no such word, or it does nothing here.
    const Word* find(Node node, std::string_view name, std::string_view value, const std::string& place) {
        const auto word = std::ranges::find_if(
            words, [&](const Word& each) { return each.in == node && each.name == name; });
        if (word != words.end() && is_used(*word, purpose_, value)) return &*word;
        unused_.add(place + "/" + std::string(name));
        return nullptr;
    }

    Purpose purpose_;
    PassedOver& unused_;
};

} // namespace

std::string device_named(std::string_view word) {
    constexpr std::string_view folder = "/dev/";
    word = text::trim(word);
    if (word.starts_with(folder)) word.remove_prefix(folder.size());
    const bool is_one = word.size() == 3 && word.starts_with("vd") && word[2] >= 'a' && word[2] <= 'x';
    return is_one ? std::string(folder) + std::string(word) : std::string();
}

void note_unused(const xml::Element& root, Purpose purpose, PassedOver& unused) {
    const auto found = std::ranges::find(roots, root.name, &Root::name);
    if (found != roots.end()) Walk(purpose, unused).look_at(root, found->is, root.name);
}

} // namespace render::opennebula
