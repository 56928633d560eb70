# The shapes a target can have. Folder a/b is library tidegate_a_b; it links exactly what it may include, so that the
# link line is the first guard of the include rules (tests/lint is the second).

# tidegate_library(NAME SOURCES ... [USES ours...] [PARTS third-party...])
# USES is public: whoever uses this library sees those headers. PARTS are private: one library, one room.
function(tidegate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PARTS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC tidegate_options ${ARG_USES} PRIVATE ${ARG_PARTS})
endfunction()

# tidegate_program(NAME OUTPUT file-name SOURCES ... [USES ours...] [PARTS third-party...])
function(tidegate_program name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;USES;PARTS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${ARG_OUTPUT} RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_link_libraries(${name} PRIVATE tidegate_options ${ARG_USES} ${ARG_PARTS})
endfunction()

# tidegate_test(NAME SOURCES ... [USES ...] [PARTS ...] [LABEL unit|simulation]): a GoogleTest program in build/<preset>/tests.
# The label "unit" also runs under the emulator in a cross build.
function(tidegate_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;USES;PARTS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/${ARG_LABEL})
  target_link_libraries(${name} PRIVATE tidegate_options ${ARG_USES} ${ARG_PARTS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL})
  if(NOT TARGET tidegate_tests_${ARG_LABEL})
    add_custom_target(tidegate_tests_${ARG_LABEL})
  endif()
  add_dependencies(tidegate_tests_${ARG_LABEL} ${name})
endfunction()
