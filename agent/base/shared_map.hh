#pragma once
// An ordered map whose copies share what they have in common. Nothing in it is ever changed in place: put() and erase()
// make a new tree for this map, which shares all but the way to the changed entry with the old one. So a copy costs one
// pointer, a change costs O(log n) of time and memory, and whoever holds a copy sees it unchanged whatever others make
// of theirs.
//
// A weight-balanced tree (Adams 1992, with the numbers of Hirai and Yamamoto 2011): of two siblings neither weighs more
// than three times the other. So n entries stand at most 2.5 log2 n deep, and whatever walks the tree may recurse.
//
// Threads: as with std::shared_ptr, each copy is one thread's at a time; what copies share may be read by any number.
// An iterator, a pointer or a reference is good for as long as a copy with that entry is there.
// What fails: std::bad_alloc and what copying a key or a value throws; then the map is as it was.

#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

template <class Key, class Value> class SharedMap {
    struct Node;
    using Tree = std::shared_ptr<const Node>;

public:
    using value_type = std::pair<const Key, Value>;

    // In order of the keys.
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = SharedMap::value_type;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type*;
        using reference = const value_type&;

        Iterator() = default; // the end
        explicit Iterator(const Node* tree) { descend(tree); }

        reference operator*() const { return way_.back()->entry; }
        pointer operator->() const { return &way_.back()->entry; }
        Iterator& operator++() {
            const auto* passed = way_.back();
            way_.pop_back();
            descend(passed->right.get());
            return *this;
        }
        Iterator operator++(int) {
            auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator& other) const { return here() == other.here(); }

    private:
        void descend(const Node* tree) {
            for (; tree; tree = tree->left.get()) way_.push_back(tree);
        }
        const Node* here() const { return way_.empty() ? nullptr : way_.back(); }

        std::vector<const Node*> way_; // whose left sides are passed, and they themselves are not
    };
    using iterator = Iterator;
    using const_iterator = Iterator;

    SharedMap() = default;
    // In O(n).
    explicit SharedMap(const std::map<Key, Value, std::less<>>& all) {
        auto next = all.begin();
        root_ = of_the_next(next, all.size());
    }

    Iterator begin() const { return Iterator(root_.get()); }
    Iterator end() const { return Iterator(); }
    std::size_t size() const noexcept { return size_of(root_); }
    bool empty() const noexcept { return !root_; }

    // Whether neither has changed since one was copied from the other: O(1), and not the same as equal entries.
    bool shares_all_with(const SharedMap& other) const noexcept { return root_ == other.root_; }

    // nullptr: there is none. Whatever can be compared with a key may be asked for.
    template <class K> const Value* find(const K& key) const noexcept {
        const auto* tree = root_.get();
        while (tree && tree->entry.first != key)
            tree = key < tree->entry.first ? tree->left.get() : tree->right.get();
        return tree ? &tree->entry.second : nullptr;
    }
    template <class K> bool contains(const K& key) const noexcept { return find(key) != nullptr; }
    template <class K> const Value& at(const K& key) const {
        if (const auto* found = find(key)) return *found;
        throw std::out_of_range("SharedMap::at");
    }

    // Takes the place of what is there.
    void put(const Key& key, const Value& value) { root_ = with(root_, key, value); }
    // Whether it was there.
    template <class K> bool erase(const K& key) {
        if (!contains(key)) return false; // and nothing is copied
        root_ = without(root_, key);
        return true;
    }

private:
    struct Node {
        Node(Tree before, const Key& key, const Value& value, Tree after)
            : entry(key, value), left(std::move(before)), right(std::move(after)),
              size(size_of(left) + 1 + size_of(right)) {}

        value_type entry;
        Tree left, right;
        std::size_t size;
    };

    static constexpr std::size_t most_weight = 3, weight_turned_twice = 2; // the numbers
    static std::size_t size_of(const Tree& tree) noexcept { return tree ? tree->size : 0; }
    static std::size_t weight(const Tree& tree) noexcept { return size_of(tree) + 1; }

    static Tree made_of(Tree left, const value_type& entry, Tree right) {
        return std::make_shared<const Node>(std::move(left), entry.first, entry.second, std::move(right));
    }

    // Of two that were siblings in balance before one of them has grown or shrunk by one.
    static Tree balanced(const Tree& left, const value_type& entry, const Tree& right) {
        if (weight(right) > most_weight * weight(left)) return turned_left(left, entry, right);
        if (weight(left) > most_weight * weight(right)) return turned_right(left, entry, right);
        return made_of(left, entry, right);
    }
    static Tree turned_left(const Tree& left, const value_type& entry, const Tree& right) {
        const auto& inner = right->left;
        if (weight(inner) < weight_turned_twice * weight(right->right))
            return made_of(made_of(left, entry, inner), right->entry, right->right);
        return made_of(made_of(left, entry, inner->left), inner->entry,
                       made_of(inner->right, right->entry, right->right));
    }
    static Tree turned_right(const Tree& left, const value_type& entry, const Tree& right) {
        const auto& inner = left->right;
        if (weight(inner) < weight_turned_twice * weight(left->left))
            return made_of(left->left, left->entry, made_of(inner, entry, right));
        return made_of(made_of(left->left, left->entry, inner->left), inner->entry,
                       made_of(inner->right, entry, right));
    }

    static Tree with(const Tree& tree, const Key& key, const Value& value) {
        if (!tree) return std::make_shared<const Node>(nullptr, key, value, nullptr);
        if (key < tree->entry.first) return balanced(with(tree->left, key, value), tree->entry, tree->right);
        if (tree->entry.first < key) return balanced(tree->left, tree->entry, with(tree->right, key, value));
        return std::make_shared<const Node>(tree->left, key, value, tree->right);
    }

    template <class K> static Tree without(const Tree& tree, const K& key) {
        if (key < tree->entry.first) return balanced(without(tree->left, key), tree->entry, tree->right);
        if (tree->entry.first < key) return balanced(tree->left, tree->entry, without(tree->right, key));
        return joined(tree->left, tree->right);
    }
    static Tree joined(const Tree& left, const Tree& right) {
        if (!left) return right;
        if (!right) return left;
        if (weight(left) > weight(right)) return balanced(without_last(left), last_of(left), right);
        return balanced(left, first_of(right), without_first(right));
    }
    static const value_type& first_of(const Tree& tree) {
        const auto* node = tree.get();
        while (node->left) node = node->left.get();
        return node->entry;
    }
    static const value_type& last_of(const Tree& tree) {
        const auto* node = tree.get();
        while (node->right) node = node->right.get();
        return node->entry;
    }
    static Tree without_first(const Tree& tree) {
        return tree->left ? balanced(without_first(tree->left), tree->entry, tree->right) : tree->right;
    }
    static Tree without_last(const Tree& tree) {
        return tree->right ? balanced(tree->left, tree->entry, without_last(tree->right)) : tree->left;
    }

    template <class Next> static Tree of_the_next(Next& next, std::size_t count) {
        if (count == 0) return nullptr;
        auto left = of_the_next(next, count / 2);
        const auto& entry = *next++;
        return made_of(std::move(left), entry, of_the_next(next, count - count / 2 - 1));
    }

    Tree root_;
};
