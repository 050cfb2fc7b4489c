#pragma once

#include "plugins/wavfilesink/storage.hpp"

namespace lm::wavfilesink {

/// The real file system. Stateless: one for all recordings, any thread.
class PosixStorage : public Storage {
public:
    Opened create(const std::string& path) override;
    Opened reopen(const std::string& path) override;
    void remove(const std::string& path) override;
};

} // namespace lm::wavfilesink
