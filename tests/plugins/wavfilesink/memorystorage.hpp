#pragma once

#include "plugins/common/files/storage.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lm::test {

/// Files in memory, on a disk whose room and whims a test sets.
class MemoryStorage : public wavfilesink::Storage {
public:
    using Bytes = std::vector<std::byte>;

    wavfilesink::Opened create(const std::string& path) override {
        if (refuse) return {nullptr, *refuse};
        if (files.contains(path)) return {nullptr, std::make_error_code(std::errc::file_exists)};
        files[path] = std::make_shared<Bytes>();
        return {std::make_unique<Open>(*this, files[path])};
    }
    wavfilesink::Opened reopen(const std::string& path) override {
        if (!files.contains(path))
            return {nullptr, std::make_error_code(std::errc::no_such_file_or_directory)};
        return {std::make_unique<Open>(*this, files[path])};
    }
    void remove(const std::string& path) override {
        room += files.at(path)->size();
        files.erase(path);
    }

    std::map<std::string, std::shared_ptr<Bytes>> files;
    std::size_t room = std::size_t{1} << 40;        // bytes by which files may grow, in all
    std::optional<std::error_code> refuse;          // of every new file
    std::optional<std::error_code> refuseRewriting; // of bytes that are there already
    std::size_t writes = 0;                         // calls

private:
    struct Open : wavfilesink::File {
        Open(MemoryStorage& s, std::shared_ptr<Bytes> b) : storage(s), bytes(std::move(b)) {}
        wavfilesink::Written writeAt(std::uint64_t offset, wavfilesink::Pieces pieces) override {
            ++storage.writes;
            if (storage.refuseRewriting && offset < bytes->size()) return {0, *storage.refuseRewriting};
            wavfilesink::Written written;
            for (const auto piece : pieces)
                for (const std::byte b : piece) {
                    if (offset + written.bytes >= bytes->size()) {
                        if (storage.room == 0)
                            return {written.bytes, std::make_error_code(std::errc::no_space_on_device)};
                        --storage.room;
                        bytes->resize(offset + written.bytes + 1);
                    }
                    (*bytes)[offset + written.bytes++] = b;
                }
            return written;
        }
        void cut(std::uint64_t size) override { bytes->resize(std::min<std::size_t>(bytes->size(), size)); }
        void settle() override {}
        MemoryStorage& storage;
        std::shared_ptr<Bytes> bytes;
    };
};

} // namespace lm::test
