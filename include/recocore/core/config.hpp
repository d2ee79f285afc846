/// Version, build mode and the one assertion macro.
#pragma once

#define RECOCORE_VERSION_MAJOR 0
#define RECOCORE_VERSION_MINOR 1
#define RECOCORE_VERSION_PATCH 0
#define RECOCORE_VERSION "0.1.0"

// Two ways to consume the library. Linked (`recocore::recocore`): headers declare, the library defines.
// Header-only (`recocore::headers`, which defines RECOCORE_HEADER_ONLY): each header includes its body.
#if defined(RECOCORE_HEADER_ONLY)
#define RECOCORE_INLINE inline
#else
#define RECOCORE_INLINE
#endif

// A programming error: a broken precondition of the caller or of ourselves. Never for bad data.
#if defined(NDEBUG)
#define RECOCORE_ASSERT(condition) static_cast<void>(0)
#else
#include <cassert>
#define RECOCORE_ASSERT(condition) assert(condition)
#endif
