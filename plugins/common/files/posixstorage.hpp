#pragma once

#include "plugins/common/files/storage.hpp"

namespace lm::files {

/// The real file system. Stateless: one for all recordings, any thread.
class PosixStorage : public Storage {
public:
    Opened create(const std::string& path) override;
    Opened reopen(const std::string& path) override;
    void remove(const std::string& path) override;
};

} // namespace lm::files
