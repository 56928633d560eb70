# Language level, warnings, sanitizers and compiler cache: once, for everything that is ours.
option(TIDEGATE_TESTS "Build the tests, the fleet and the benchmarks" ON)
option(TIDEGATE_FUZZ "Build the libFuzzer programs (clang only)" OFF)
set(TIDEGATE_SANITIZE "" CACHE STRING "Sanitizers for our code: address,undefined or thread or empty")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Paths relative to the tree: another clone finds what this one has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

add_library(tidegate_options INTERFACE)
target_include_directories(tidegate_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(tidegate_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wconversion -Wsign-conversion -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^arm")
  target_compile_options(tidegate_options INTERFACE -Wno-psabi)
endif()
# Everything that is compiled here, Asio and generated code too: what is not instrumented is not seen.
if(TIDEGATE_SANITIZE)
  add_compile_options(-fsanitize=${TIDEGATE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TIDEGATE_SANITIZE})
  if(TIDEGATE_SANITIZE MATCHES "thread")
    # GCC warns of Asio's fences, which ThreadSanitizer does not model.
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  if(TIDEGATE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
