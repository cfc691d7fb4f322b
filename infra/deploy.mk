# Synthesis, Lambda layers and deployment; the Makefile includes this. STAGE is local, dev or prod.
# Deploying needs python3.13 (to compile the layers), npx, and an AWS account that `cdk bootstrap` has prepared.

STAGE ?= local
AWS_CDK := aws-cdk@2.1148.1
PYTHON ?= .venv/bin/python

.PHONY: synth layers deploy

synth:  ## synthesize the CDK app of STAGE into cdk.out
	CDK_CONTEXT_JSON='{"stage": "$(STAGE)"}' $(PYTHON) app.py

layers:  ## build the Lambda layers into build/layers
	$(PYTHON) -m infra.layers

deploy: layers  ## deploy STAGE=dev or STAGE=prod to AWS
	@test "$(STAGE)" != local || { echo "make deploy STAGE=dev or STAGE=prod; make run is for this machine"; exit 2; }
	npx --yes $(AWS_CDK) deploy --all --context stage=$(STAGE)
