import { describe, expect, it } from 'vitest';
import { evaluationProgram, fitModel, trainingProgram } from '../../src/graph/programs.js';
import { printProgram } from '../../src/program/print.js';
import { dataOf, experiment } from '../graph/experiment.js';

const model = fitModel(
  experiment(
    [
      { type: 'dense', units: 3, activation: 'relu' },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 2 },
    ],
    { optimizer: { type: 'sgd', momentum: 0.5 }, metrics: ['accuracy'] },
  ),
  dataOf([4], 2),
);

describe('printProgram', () => {
  it('shows a whole training step', () => {
    expect(printProgram(trainingProgram(model, 8))).toMatchInlineSnapshot(`
      "input $input [8, 4]
      input $random/dropout_1/0 []
      input $random/dropout_1/1 []
      input $target [8]
      input $optimizer/learning_rate []
      state @dense_1/kernel [4, 3]
      state @dense_1/bias [3]
      state @dense_2/kernel [3, 2]
      state @dense_2/bias [2]
      state @dense_1/kernel/momentum [4, 3]
      state @dense_1/bias/momentum [3]
      state @dense_2/kernel/momentum [3, 2]
      state @dense_2/bias/momentum [2]
      %3 = matmul($input, @dense_1/kernel) [8, 3]  # dense_1, forward
      %5 = maximum(add(%3, @dense_1/bias), 0) [8, 3]  # dense_1, forward
      %9 = multiply(greater_equal(random_uniform(element, $random/dropout_1/0, $random/dropout_1/1), 0.5), 2) [8, 3]  # dropout_1, forward
      %10 = multiply(%5, %9) [8, 3]  # dropout_1, forward
      %13 = matmul(%10, @dense_2/kernel) [8, 2]  # dense_2, forward
      %14 = add(%13, @dense_2/bias) [8, 2]  # dense_2, forward
      %16 = reshape($target) [8, 1]  # loss, forward
      %17 = reduce_maximum(%14, axes=[1]) [8, 1]  # loss, forward
      %19 = subtract(%14, %17) [8, 2]  # loss, forward
      %20 = exponential(%19) [8, 2]  # loss, forward
      %21 = reduce_sum(%20, axes=[1]) [8, 1]  # loss, forward
      %22 = logarithm(%21) [8, 1]  # loss, forward
      %23 = multiply(equal(axis1, %16), subtract(%19, %22)) [8, 2]  # loss, forward
      %24 = reduce_sum(%23, axes=[0, 1]) [1, 1]  # loss, forward
      %25 = multiply(%24, -0.125) [1, 1]  # loss, forward
      %26 = reshape(%25) []  # loss, forward
      %27 = select(equal(%14, %17), negate(axis1), -2) [8, 2]  # metrics, forward
      %28 = reduce_maximum(%27, axes=[1]) [8, 1]  # metrics, forward
      %30 = equal(negate(%28), %16) [8, 1]  # metrics, forward
      %31 = reshape(%30) [8]  # metrics, forward
      %32 = reduce_sum(%31, axes=[0]) [1]  # metrics, forward
      %33 = reshape(%32) []  # metrics, forward
      %34 = 8 []  # metrics, forward
      %35 = 1 []  # , forward
      %36 = reshape(%35) [1, 1]  # loss, gradient
      %37 = multiply(%36, -0.125) [1, 1]  # loss, gradient
      %40 = multiply(%37, multiply(equal(axis1, %16), -1)) [8, 2]  # loss, gradient
      %41 = reduce_sum(%40, axes=[1]) [8, 1]  # loss, gradient
      %42 = multiply(%41, divide(1, %21)) [8, 1]  # loss, gradient
      %45 = add(multiply(%37, equal(axis1, %16)), multiply(%42, %20)) [8, 2]  # loss, gradient
      %48 = reduce_sum(%45, axes=[0]) [1, 2]  # dense_2, gradient
      %49 = reshape(%48) [2]  # dense_2, gradient
      %50 = matmul(%45, @dense_2/kernelᵀ) [8, 3]  # dense_2, gradient
      %51 = matmul(%10ᵀ, %45) [3, 2]  # dense_2, gradient
      %53 = multiply(multiply(%50, %9), greater(%5, 0)) [8, 3]  # dense_1, gradient
      %55 = reduce_sum(%53, axes=[0]) [1, 3]  # dense_1, gradient
      %56 = reshape(%55) [3]  # dense_1, gradient
      %57 = matmul($inputᵀ, %53) [4, 3]  # dense_1, gradient
      %63 = add(multiply(@dense_1/kernel/momentum, 0.5), %57) [4, 3]  # optimizer, update
      %66 = add(multiply(@dense_1/bias/momentum, 0.5), %56) [3]  # optimizer, update
      %69 = add(multiply(@dense_2/kernel/momentum, 0.5), %51) [3, 2]  # optimizer, update
      %72 = add(multiply(@dense_2/bias/momentum, 0.5), %49) [2]  # optimizer, update
      %75 = equal(subtract(%26, %26), 0) []  # optimizer, update
      %76 = select(%75, subtract(@dense_1/kernel, multiply($optimizer/learning_rate, %63)), @dense_1/kernel) [4, 3]  # optimizer, update
      %77 = select(%75, %63, @dense_1/kernel/momentum) [4, 3]  # optimizer, update
      %78 = select(%75, subtract(@dense_1/bias, multiply($optimizer/learning_rate, %66)), @dense_1/bias) [3]  # optimizer, update
      %79 = select(%75, %66, @dense_1/bias/momentum) [3]  # optimizer, update
      %80 = select(%75, subtract(@dense_2/kernel, multiply($optimizer/learning_rate, %69)), @dense_2/kernel) [3, 2]  # optimizer, update
      %81 = select(%75, %69, @dense_2/kernel/momentum) [3, 2]  # optimizer, update
      %82 = select(%75, subtract(@dense_2/bias, multiply($optimizer/learning_rate, %72)), @dense_2/bias) [2]  # optimizer, update
      %83 = select(%75, %72, @dense_2/bias/momentum) [2]  # optimizer, update
      output metric/accuracy/sum = %33
      output metric/accuracy/count = %34
      output loss = %26
      update @dense_1/kernel = %76
      update @dense_1/kernel/momentum = %77
      update @dense_1/bias = %78
      update @dense_1/bias/momentum = %79
      update @dense_2/kernel = %80
      update @dense_2/kernel/momentum = %81
      update @dense_2/bias = %82
      update @dense_2/bias/momentum = %83"
    `);
  });

  it('shows an evaluation without dropout, gradients or updates', () => {
    expect(printProgram(evaluationProgram(model, 8))).toMatchInlineSnapshot(`
      "input $input [8, 4]
      input $target [8]
      state @dense_1/kernel [4, 3]
      state @dense_1/bias [3]
      state @dense_2/kernel [3, 2]
      state @dense_2/bias [2]
      %3 = matmul($input, @dense_1/kernel) [8, 3]  # dense_1, forward
      %5 = maximum(add(%3, @dense_1/bias), 0) [8, 3]  # dense_1, forward
      %8 = matmul(%5, @dense_2/kernel) [8, 2]  # dense_2, forward
      %9 = add(%8, @dense_2/bias) [8, 2]  # dense_2, forward
      %11 = reshape($target) [8, 1]  # loss, forward
      %12 = reduce_maximum(%9, axes=[1]) [8, 1]  # loss, forward
      %14 = subtract(%9, %12) [8, 2]  # loss, forward
      %15 = exponential(%14) [8, 2]  # loss, forward
      %16 = reduce_sum(%15, axes=[1]) [8, 1]  # loss, forward
      %17 = logarithm(%16) [8, 1]  # loss, forward
      %18 = multiply(equal(axis1, %11), subtract(%14, %17)) [8, 2]  # loss, forward
      %19 = reduce_sum(%18, axes=[0, 1]) [1, 1]  # loss, forward
      %20 = multiply(%19, -0.125) [1, 1]  # loss, forward
      %21 = reshape(%20) []  # loss, forward
      %22 = select(equal(%9, %12), negate(axis1), -2) [8, 2]  # metrics, forward
      %23 = reduce_maximum(%22, axes=[1]) [8, 1]  # metrics, forward
      %25 = equal(negate(%23), %11) [8, 1]  # metrics, forward
      %26 = reshape(%25) [8]  # metrics, forward
      %27 = reduce_sum(%26, axes=[0]) [1]  # metrics, forward
      %28 = reshape(%27) []  # metrics, forward
      %29 = 8 []  # metrics, forward
      output metric/accuracy/sum = %28
      output metric/accuracy/count = %29
      output loss = %21"
    `);
  });
});
