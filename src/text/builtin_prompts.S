/* The texts that text/builtin_prompts.h declares, from the files themselves: there is no second copy to keep. */
    .section .rodata
    .globl builtin_system_prompt
    .type builtin_system_prompt, @object
builtin_system_prompt:
    .incbin "system_qwen_edit.txt"
    .byte 0
    .size builtin_system_prompt, . - builtin_system_prompt

    .globl builtin_restyle_prompts
    .type builtin_restyle_prompts, @object
builtin_restyle_prompts:
    .incbin "qwen_edit_augmentations.txt"
    .byte 0
    .size builtin_restyle_prompts, . - builtin_restyle_prompts

    .section .note.GNU-stack, "", @progbits
