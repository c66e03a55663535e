#pragma once
// What people say of a network or a storage: the names that its record has and whom it is shared with, and how these
// come to be others; and whose anything is, as it is shown.
//
// Threads: values.

#include "agent/base/ownership.hh"
#include "agent/base/xml.hh"
#include "agent/occi/model.hh"

#include <optional>
#include <string>

namespace service {

struct Naming {
    std::optional<std::string> title, summary; // absent: it stays as it is; empty: there is none
    std::optional<std::string> label{};        // of a network only
    std::optional<Share> share{};

    static Naming of(const occi::Resource& wanted);
    static Naming of(const xml::Element& plan);
    void write(xml::Writer& plan) const; // as attributes of the element that is open

    bool operator==(const Naming&) const = default;
    bool is_none() const noexcept { return !title && !summary && !label && !share; }
    // Leaves out what the record has already.
    template <class Record> void settle(const Record& record) {
        if (title == record.title) title.reset();
        if (summary == record.summary) summary.reset();
        if (share == record.share) share.reset();
        if constexpr (requires { record.label; })
            if (label == record.label) label.reset();
    }
    template <class Record> void apply(Record& record) const {
        if (title) record.title = *title;
        if (summary) record.summary = *summary;
        if (share) record.share = *share;
        if constexpr (requires { record.label; })
            if (label) record.label = *label;
    }
};

// As attributes: owner, and group when there is one.
void show_ownership(const Ownership&, occi::Entity&);

// Of what is made, or changed. Error{conflict}: with a group, and it is of none.
Share share_in(const occi::Resource& wanted, const std::string& group, Share otherwise = Share::nobody);

} // namespace service
