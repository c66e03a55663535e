#pragma once
// What people call a network or a storage: the names that its record has, and how they come to be others.
//
// Threads: values.

#include "agent/base/xml.hh"
#include "agent/occi/model.hh"

#include <optional>
#include <string>

namespace service {

struct Naming {
    std::optional<std::string> title, summary; // absent: it stays as it is; empty: there is none
    std::optional<std::string> label{};        // of a network only

    static Naming of(const occi::Resource& wanted);
    static Naming of(const xml::Element& plan);
    void write(xml::Writer& plan) const; // as attributes of the element that is open

    bool operator==(const Naming&) const = default;
    bool is_none() const noexcept { return !title && !summary && !label; }
    // Leaves out what the record has already.
    template <class Record> void settle(const Record& record) {
        if (title == record.title) title.reset();
        if (summary == record.summary) summary.reset();
        if constexpr (requires { record.label; })
            if (label == record.label) label.reset();
    }
    template <class Record> void apply(Record& record) const {
        if (title) record.title = *title;
        if (summary) record.summary = *summary;
        if constexpr (requires { record.label; })
            if (label) record.label = *label;
    }
};

} // namespace service
