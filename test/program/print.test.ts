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
      %22 = multiply(equal(axis1, %16), subtract(%19, logarithm(%21))) [8, 2]  # loss, forward
      %23 = reduce_sum(%22, axes=[0, 1]) [1, 1]  # loss, forward
      %24 = multiply(%23, -0.125) [1, 1]  # loss, forward
      %25 = reshape(%24) []  # loss, forward
      %26 = select(equal(%14, %17), negate(axis1), -2) [8, 2]  # metrics, forward
      %27 = reduce_maximum(%26, axes=[1]) [8, 1]  # metrics, forward
      %29 = equal(negate(%27), %16) [8, 1]  # metrics, forward
      %30 = reshape(%29) [8]  # metrics, forward
      %31 = reduce_sum(%30, axes=[0]) [1]  # metrics, forward
      %32 = reshape(%31) []  # metrics, forward
      %33 = 8 []  # metrics, forward
      %34 = 1 []  # , forward
      %35 = reshape(%34) [1, 1]  # loss, gradient
      %36 = multiply(%35, -0.125) [1, 1]  # loss, gradient
      %39 = multiply(%36, multiply(equal(axis1, %16), multiply(-1, divide(1, %21)))) [8, 2]  # loss, gradient
      %40 = reduce_sum(%39, axes=[1]) [8, 1]  # loss, gradient
      %43 = add(multiply(%36, equal(axis1, %16)), multiply(%40, %20)) [8, 2]  # loss, gradient
      %46 = reduce_sum(%43, axes=[0]) [1, 2]  # dense_2, gradient
      %47 = reshape(%46) [2]  # dense_2, gradient
      %48 = matmul(%43, @dense_2/kernelᵀ) [8, 3]  # dense_2, gradient
      %49 = matmul(%10ᵀ, %43) [3, 2]  # dense_2, gradient
      %51 = multiply(multiply(%48, %9), greater(%5, 0)) [8, 3]  # dense_1, gradient
      %53 = reduce_sum(%51, axes=[0]) [1, 3]  # dense_1, gradient
      %54 = reshape(%53) [3]  # dense_1, gradient
      %55 = matmul($inputᵀ, %51) [4, 3]  # dense_1, gradient
      %61 = add(multiply(@dense_1/kernel/momentum, 0.5), %55) [4, 3]  # optimizer, update
      %64 = add(multiply(@dense_1/bias/momentum, 0.5), %54) [3]  # optimizer, update
      %67 = add(multiply(@dense_2/kernel/momentum, 0.5), %49) [3, 2]  # optimizer, update
      %70 = add(multiply(@dense_2/bias/momentum, 0.5), %47) [2]  # optimizer, update
      %73 = equal(subtract(%25, %25), 0) []  # optimizer, update
      %74 = select(%73, subtract(@dense_1/kernel, multiply($optimizer/learning_rate, %61)), @dense_1/kernel) [4, 3]  # optimizer, update
      %75 = select(%73, %61, @dense_1/kernel/momentum) [4, 3]  # optimizer, update
      %76 = select(%73, subtract(@dense_1/bias, multiply($optimizer/learning_rate, %64)), @dense_1/bias) [3]  # optimizer, update
      %77 = select(%73, %64, @dense_1/bias/momentum) [3]  # optimizer, update
      %78 = select(%73, subtract(@dense_2/kernel, multiply($optimizer/learning_rate, %67)), @dense_2/kernel) [3, 2]  # optimizer, update
      %79 = select(%73, %67, @dense_2/kernel/momentum) [3, 2]  # optimizer, update
      %80 = select(%73, subtract(@dense_2/bias, multiply($optimizer/learning_rate, %70)), @dense_2/bias) [2]  # optimizer, update
      %81 = select(%73, %70, @dense_2/bias/momentum) [2]  # optimizer, update
      output metric/accuracy/sum = %32
      output metric/accuracy/count = %33
      output loss = %25
      update @dense_1/kernel = %74
      update @dense_1/kernel/momentum = %75
      update @dense_1/bias = %76
      update @dense_1/bias/momentum = %77
      update @dense_2/kernel = %78
      update @dense_2/kernel/momentum = %79
      update @dense_2/bias = %80
      update @dense_2/bias/momentum = %81"
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
      %17 = multiply(equal(axis1, %11), subtract(%14, logarithm(%16))) [8, 2]  # loss, forward
      %18 = reduce_sum(%17, axes=[0, 1]) [1, 1]  # loss, forward
      %19 = multiply(%18, -0.125) [1, 1]  # loss, forward
      %20 = reshape(%19) []  # loss, forward
      %21 = select(equal(%9, %12), negate(axis1), -2) [8, 2]  # metrics, forward
      %22 = reduce_maximum(%21, axes=[1]) [8, 1]  # metrics, forward
      %24 = equal(negate(%22), %11) [8, 1]  # metrics, forward
      %25 = reshape(%24) [8]  # metrics, forward
      %26 = reduce_sum(%25, axes=[0]) [1]  # metrics, forward
      %27 = reshape(%26) []  # metrics, forward
      %28 = 8 []  # metrics, forward
      output metric/accuracy/sum = %27
      output metric/accuracy/count = %28
      output loss = %20"
    `);
  });
});
